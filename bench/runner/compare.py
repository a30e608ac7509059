# SPDX-License-Identifier: Apache-2.0
"""Measures both servers in turns on one synthetic cluster: A B A B …, then one table."""
import argparse
import collections
import contextlib
import dataclasses
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from . import measure, report
from .control_plane import ControlPlane
from .kubelets import Kubelets
from .ports import free_ports
from .servers import Server
from .simulated_control_plane import SimulatedControlPlane

FAIRNESS = [
    "the same computer, the same run, in turns; the same kubelet simulator and its settings, "
    "certificates (one authority, verified by both), TLS 1.3 with AES-128-GCM, HTTP/1.1",
    "the same objects in one {plane}; the same resolution",
    "both asked over the front proxy's certificate for an ordinary user, whom both must have reviewed",
    "default log levels, no pinning, default Go settings for the peer",
    "both must have every node and container, and say the same values, before anything counts",
]


PLANES = {"kubernetes": ControlPlane, "simulator": SimulatedControlPlane}


@dataclasses.dataclass
class Shape:
    nodes: int
    pods: int
    containers: int


def shape_of(options):
    return Shape(options.nodes, options.pods, options.containers)


def arguments(words):
    parser = argparse.ArgumentParser(prog="bench/run compare", description=__doc__)
    add = parser.add_argument
    add("--nodes", type=int, default=1000)
    add("--pods", type=int, default=30, help="of each node")
    add("--containers", type=int, default=2, help="of each pod")
    add("--pairs", type=int, default=3, help="how often each side is measured")
    add("--cycles", type=int, default=4, help="whole cycles without load that are measured")
    add("--warm-up", type=int, default=2, help="cycles before")
    add("--open-cycles", type=int, default=2, help="cycles of the open loop")
    add("--resolution", type=int, default=15, help="seconds")
    add("--short", type=int, default=5, help="seconds of the short loads")
    add("--gets", type=int, default=2000, help="gets of the quiet closed loop")
    add("--lists", type=int, default=10, help="list-alls")
    add("--no-load", dest="load", action="store_false", help="cycles alone")
    add("--no-faults", dest="faults", action="store_false", help="no silent kubelets, no restart")
    add("--churn", type=int, default=0, help="pods that are replaced in one more cycle")
    add("--gzip", action="store_true", help="kubelets compress; default: plain bodies")
    add("--start-limit", type=int, default=180, help="seconds until a server must have everything")
    add("--peer", type=pathlib.Path, help="the peer's binary; without it only ours is measured")
    add("--peer-env", action="append", default=[], help="NAME=VALUE for the peer, such as GOGC=50")
    add("--ours", type=pathlib.Path, required=True)
    add("--binaries", type=pathlib.Path, required=True,
        help="folder of bench_kubelets, bench_load, bench_apiserver")
    add("--control-plane", choices=sorted(PLANES), default="kubernetes",
        help="real etcd and kube-apiserver (default), or bench/apiserver")
    add("--kubernetes", type=pathlib.Path, help="folder of etcd, kube-apiserver")
    add("--results", type=pathlib.Path, required=True)
    add("--name", help="of the result's files; default: made of the shape")
    options = parser.parse_args(words)
    if options.control_plane == "kubernetes" and options.kubernetes is None:
        parser.error("--control-plane=kubernetes needs --kubernetes")
    return options


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def version_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip()


def start_plane(options, folder, kubelets):
    if options.control_plane == "simulator":
        return SimulatedControlPlane(options.binaries / "bench_apiserver", folder, kubelets)
    return ControlPlane(options.kubernetes, folder, kubelets)


def set_up(options, folder, shape):
    kubelets = Kubelets(options.binaries / "bench_kubelets", folder, shape, free_ports(2), options.gzip)
    try:
        say(f"starting {PLANES[options.control_plane].described} with {shape.nodes} nodes and "
            f"{shape.nodes * shape.pods} pods")
        plane = start_plane(options, folder, kubelets)
    except BaseException:
        kubelets.process.stop()
        raise
    return kubelets, plane


@contextlib.contextmanager
def running(options, prefix):
    """(folder, kubelets, plane), which are gone afterwards; logs stay when MPL_KEEP is set."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    kubelets = plane = None
    try:
        kubelets, plane = set_up(options, folder, shape_of(options))
        yield folder, kubelets, plane
    finally:
        if plane:
            plane.stop()
        if kubelets:
            kubelets.process.stop()
        if os.environ.get("MPL_KEEP"):
            say(f"logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def measure_sides(options, folder, kubelets, plane, result):
    reference, sides = None, ["ours", "peer"] if options.peer else ["ours"]
    peer_env = dict(pair.split("=", 1) for pair in options.peer_env)
    for pair in range(options.pairs):
        for side in sides:
            say(f"pair {pair + 1} of {options.pairs}: {side}")
            server = Server(side, options.ours if side == "ours" else options.peer, folder, plane,
                            kubelets, options, pair, peer_env if side == "peer" else None)
            try:
                figures, said = measure.run_once(server, kubelets, options.binaries / "bench_load",
                                                 folder, options, reference)
                reference = reference or said
                result["runs"].append({"side": side, "pair": pair, "figures": figures})
                say(f"  {figures['cycleCpuMs']:.0f} ms per cycle, {figures['rssSteadyMB']:.0f} MB")
            except (measure.Void, RuntimeError) as fault:
                for part in (kubelets.process, *plane.parts):
                    if not part.running():
                        raise RuntimeError(f"{part.name} ended:\n{part.log_end()}") from fault
                first_line = str(fault).partition("\n")[0]
                result["voids"].append(f"pair {pair + 1}, {side}: {first_line}")
                say(f"  void: {fault}")
            finally:
                server.stop()


def describe(options):
    return (f"Bodies {'gzip' if options.gzip else 'plain'}, resolution {options.resolution} s, "
            f"{options.pairs} pairs, {options.cycles} cycles after {options.warm_up} of warm-up, "
            f"{options.lists} list-alls, {PLANES[options.control_plane].described}"
            + (f", peer with {' '.join(options.peer_env)}" if options.peer_env else "") + ".")


def fairness(options):
    return [rule.format(plane=PLANES[options.control_plane].described) for rule in FAIRNESS]


def whole_pairs(runs, sides):
    """Without the pairs of which one half was void."""
    counts = collections.Counter(run["pair"] for run in runs)
    return [run for run in runs if counts[run["pair"]] == sides]


def main(words):
    options = arguments(words)
    shape = shape_of(options)
    repository = pathlib.Path(__file__).resolve().parents[2]
    result = {"date": datetime.date.today().isoformat(), "commit": report.commit(repository),
              "machine": report.machine(), "shape": dataclasses.asdict(shape),
              "loadBefore": os.getloadavg()[0], "settings": describe(options), "fairness": fairness(options),
              "peerVersion": f"metrics-server {version_of(options.peer, '--version')}" if options.peer else None,
              "ourVersion": version_of(options.ours, "version"), "runs": [], "voids": []}
    with running(options, "mpl-bench-") as (folder, kubelets, plane):
        measure_sides(options, folder, kubelets, plane, result)
    result["runs"] = whole_pairs(result["runs"], 2 if options.peer else 1)
    if not result["runs"]:
        say("nothing to report: every run was void")
        return 1
    name = options.name or f"{shape.nodes}x{shape.pods}x{shape.containers}"
    path = report.write(result, options.results, name + ("-gzip" if options.gzip else ""))
    print(path.read_text())
    return 1 if result["voids"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
