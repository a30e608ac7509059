# SPDX-License-Identifier: Apache-2.0
"""From figures of runs to one JSON file and one Markdown table."""
import json
import pathlib
import platform
import statistics
import subprocess

from .goals import FIGURES

GOALS_FROM_NODES = 5000  # they are meant for that size; smaller clusters are shown beside them
ROOM = 1.01  # a figure that must not be worse may be a percent off


def machine():
    model, memory = "unknown", 0
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = int(line.split()[1]) // (1 << 20)
    cpus = sum(line.startswith("processor")
               for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines())
    return {"cpu": model, "cpus": cpus, "memoryGiB": memory, "kernel": platform.release().split("-")[0]}


def commit(repository):
    ask = lambda *words: subprocess.run(["git", "-C", repository, *words], capture_output=True,
                                        text=True).stdout.strip()
    changed = ask("status", "--porcelain", "--", "kube", "collector", "bench")
    return ask("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def three(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratios(ours, peer, key):
    """Of pairs, peer ÷ ours; nothing when a side lacks the figure or it is zero."""
    pairs = [(a.get(key), b.get(key)) for a, b in zip(ours, peer)]
    if any(a is None or b is None for a, b in pairs) or not pairs or any(a <= 0 for a, _ in pairs):
        return None
    return three([b / a for a, b in pairs])


def summary(result):
    """One entry for each figure that was measured."""
    ours = [run["figures"] for run in result["runs"] if run["side"] == "ours"]
    peer = [run["figures"] for run in result["runs"] if run["side"] == "peer"]
    rows = []
    for key, what, unit, goal in FIGURES:
        mine = [run[key] for run in ours if run.get(key) is not None]
        theirs = [run[key] for run in peer if run.get(key) is not None]
        if not mine:
            continue
        row = {"key": key, "what": what, "unit": unit, "goal": goal, "ours": three(mine),
               "peer": three(theirs) if theirs else None, "ratio": ratios(ours, peer, key)}
        if goal is not None and row["ratio"] and result["shape"]["nodes"] >= GOALS_FROM_NODES:
            row["met"] = row["ratio"]["median"] * (ROOM if goal == 1 else 1) >= goal
        rows.append(row)
    return rows


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(values, unit=""):
    if values is None:
        return "–"
    text = number(values["median"])
    if values["max"] > values["min"]:
        text += f" ({number(values['min'])}–{number(values['max'])})"
    return f"{text} {unit}".strip()


def table(result):
    lines = ["| figure | ours | peer | peer ÷ ours | goal at 5,000 nodes |", "|---|---|---|---|---|"]
    for row in result["summary"]:
        goal = "" if row["goal"] is None else f"≥ {row['goal']}"
        if "met" in row:
            goal += " met" if row["met"] else " **not met**"
        ratio = spread(row["ratio"])
        lines.append(f"| {row['what']} | {spread(row['ours'], row['unit'])} | "
                     f"{spread(row['peer'], row['unit'])} | {ratio} | {goal} |")
    return "\n".join(lines)


def markdown(result):
    shape, computer = result["shape"], result["machine"]
    head = (f"# {shape['nodes']:,} nodes × {shape['pods']} pods × {shape['containers']} containers\n\n"
            f"{result['date']} · commit {result['commit']} · {computer['cpus']} × {computer['cpu']}, "
            f"{computer['memoryGiB']} GiB, kernel {computer['kernel']} · load of the computer before: "
            f"{result['loadBefore']:.1f}\n\n"
            f"Peer: {result['peerVersion'] or 'none'}. {result['settings']}\n\n"
            "Median (lowest–highest) of the runs; ratios are of pairs. Load of others moves both "
            "sides: only ratios of one run mean something.\n")
    rules = "\n".join(f"- {rule}" for rule in result["fairness"])
    voids = "\n".join(f"- void: {text}" for text in result["voids"])
    return "\n".join(part for part in [head, table(result), "\nHow it was kept fair:\n", rules, voids]
                     if part) + "\n"


def write(result, folder, name):
    result["summary"] = summary(result)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / f"{name}.md").write_text(markdown(result))
    return folder / f"{name}.md"
