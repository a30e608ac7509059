# SPDX-License-Identifier: Apache-2.0
"""Samples the collector on a synthetic cluster with perf, and draws what it was doing: once over whole
cycles in which nobody asks, once while all pods are listed again and again.

Writes flames-cycle.svg and flames-list.svg, or with --state NAME flames-cycle-NAME.svg and so on.
"""
import argparse
import subprocess
import sys
import time

from . import compare, flame_svg, measure, report, stacks
from .load import JSON, Load
from .servers import API, Server

# By the CPU's time, not by its cycles: virtual machines often have no counter of these. Odd, so that
# samples do not fall into step with timers.
EVENT = "cpu-clock"
# A cycle is some hundred milliseconds of CPU, listing is busy all the time.
CYCLE_SAMPLES_PER_SECOND, LIST_SAMPLES_PER_SECOND = 4999, 499
# Release builds keep no frame pointers: perf copies so much of the stack and unwinds it by the tables
# that exceptions need anyway.
STACK_BYTES = 16384


def arguments(words):
    """(ours, those of the comparison)"""
    parser = argparse.ArgumentParser(
        prog="bench/run flames", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="What bench/run compare --help says about cluster and servers holds here, too.")
    add = parser.add_argument
    add("--state", help="what the collector is, when it is not of this checkout (see --ours): before")
    add("--list-seconds", type=int, default=20, help="how long all pods are listed")
    own, rest = parser.parse_known_args(words)
    return own, compare.arguments(["--cycles=2", *rest])


class Perf:
    """Samples one process; the text of all samples afterwards."""

    def __init__(self, folder, name, pid, seconds, frequency):
        self.data = folder / f"{name}.data"
        command = ["perf", "record", f"--event={EVENT}", f"--freq={frequency}",
                   f"--call-graph=dwarf,{STACK_BYTES}", f"--pid={pid}", f"--output={self.data}",
                   "--", "sleep", str(seconds)]
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def text(self):
        _, said = self.child.communicate()
        if self.child.returncode != 0:
            raise RuntimeError(f"perf record: {said.strip()[-500:]}")
        # Without inlined functions: their names need debug information, which we do not build.
        done = subprocess.run(["perf", "script", f"--input={self.data}", "--no-inline",
                               "--fields=comm,period,ip,sym,dso"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"perf script: {done.stderr.strip()[-500:]}")
        return done.stdout


def draw(text, title, path):
    folded = stacks.fold(text)
    path.write_text(flame_svg.draw(folded, title))
    compare.say(f"{path}: {len(path.read_text()) >> 10} KB")
    shares = stacks.self_shares(folded)
    print("  " + ", ".join(f"{module} {share:.0%}" for module, share in shares if share >= 0.01))


def sample(own, options, folder, kubelets, plane):
    shape = kubelets.shape
    server = Server("ours", options.ours, folder, plane, kubelets, options, 0)
    try:
        measure.start_figures(server, shape, options.start_limit)
        time.sleep(options.warm_up * options.resolution)
        cluster = f"{shape.nodes:,} nodes × {shape.pods} pods × {shape.containers} containers"
        of = own.state or f"commit {report.commit('.')}"
        ending = f"-{own.state}.svg" if own.state else ".svg"
        seconds = options.cycles * options.resolution
        compare.say(f"{options.cycles} cycles of {options.resolution} s, then as many sampled")
        # So many samples cost a third of what is sampled: what a cycle takes is told without them.
        used = measure.steady_figures(server, kubelets, options.cycles, options.resolution)["cycleCpuMs"]
        text = Perf(folder, "cycle", server.process.pid, seconds, CYCLE_SAMPLES_PER_SECOND).text()
        draw(text, f"Steady cycles: {cluster}, {used:,.0f} ms of CPU a cycle, {of}",
             options.results / f"flames-cycle{ending}")
        compare.say(f"lists of all pods for {own.list_seconds} s")
        perf = Perf(folder, "list", server.process.pid, own.list_seconds, LIST_SAMPLES_PER_SECOND)
        figures = Load(options.binaries / "bench_load", server, folder).run(
            [f"{API}/pods"], accept=JSON, seconds=own.list_seconds)
        draw(perf.text(), f"All pods as JSON again and again: {cluster}, {figures['cpuMsEach']:,.0f} ms "
             f"of CPU a list, {of}", options.results / f"flames-list{ending}")
    finally:
        server.stop()


def main(words):
    own, options = arguments(words)
    options.results.mkdir(exist_ok=True)
    with compare.running(options, "mpl-flames-") as (folder, kubelets, plane):
        sample(own, options, folder, kubelets, plane)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
