# SPDX-License-Identifier: Apache-2.0
"""One run of one server: start, steady cycles, load. Every figure is a number with a known unit."""
import json
import time

from . import answers
from .churn import churn_figures
from .faults import fault_figures
from .load import JSON, PROTOBUF, TABLE, Load, namespaces_by_size, some_pods
from .processes import wait_until
from .servers import API


class Void(Exception):
    """A run that proves nothing: the server lost a node, or disagrees with the other one."""


def start_figures(server, shape, limit):
    """Seconds from exec to each milestone: until the first answer that has everything is there."""
    began = server.process.started
    figures = {}

    def milestone(name, what, condition, step):
        wait_until(what, condition, limit, step, server.process)
        figures[name] = time.monotonic() - began

    def complete(path, count):
        # Every item has one. To parse a list takes longer than to get it, and would be counted.
        return server.get(path)[1].count(b'"timestamp":') == count

    milestone("startReadyS", "readyz", lambda: server.get("/readyz")[0] == 200, 0.05)
    milestone("startNodesS", "all nodes", lambda: complete(f"{API}/nodes", shape.nodes), 0.2)
    milestone("startPodsS", "all pods", lambda: complete(f"{API}/pods", shape.nodes * shape.pods), 0.5)
    return figures


def steady_figures(server, kubelets, cycles, resolution):
    """CPU and bytes per cycle over whole cycles without API load."""
    before, counted, simulated = server.process.usage(), kubelets.counters(), kubelets.process.usage()
    time.sleep(cycles * resolution)
    after, counted_now, simulated_now = (server.process.usage(), kubelets.counters(),
                                         kubelets.process.usage())
    scrapes = (counted_now["resourceRequests"] - counted["resourceRequests"]) / cycles
    expected = kubelets.shape.nodes
    if scrapes < 0.98 * expected - 1:
        raise Void(f"{server.side}: {scrapes:.0f} scrapes per cycle of {expected} nodes")
    resident, _ = server.process.memory_mb()
    simulator = (simulated_now.cpu_ms - simulated.cpu_ms) / cycles
    cpu = (after.cpu_ms - before.cpu_ms) / cycles
    return {"cycleCpuMs": cpu,
            "cycleCpuUserMs": (after.user_ms - before.user_ms) / cycles,
            "cycleCpuSystemMs": (after.system_ms - before.system_ms) / cycles,
            "cycleSimulatorMs": simulator, "cycleCpuToSimulator": cpu / max(simulator, 0.001),
            "cycleScrapes": scrapes,
            "cycleHandshakes": (counted_now["handshakes"] - counted["handshakes"]) / cycles,
            "cycleBytesMB": (counted_now["sentBytes"] - counted["sentBytes"]) / cycles / 1e6,
            "rssSteadyMB": resident}


def age_figures(server, resolution, looks=4):
    """Over a whole cycle: right after everybody was scraped all ages are low."""
    ordered = []
    for _ in range(looks):
        items = json.loads(server.get(f"{API}/pods")[1])["items"]
        ordered += answers.ages(items, time.time())
        time.sleep(resolution / looks)
    ordered.sort()
    return {"podAgeP50S": answers.percentile(ordered, 0.5),
            "podAgeP99S": answers.percentile(ordered, 0.99), "podAgeMaxS": ordered[-1]}


def flat(prefix, result):
    return {f"{prefix}P50Ms": result["latencyMs"]["p50"], f"{prefix}P99Ms": result["latencyMs"]["p99"],
            f"{prefix}MaxMs": result["latencyMs"]["max"], f"{prefix}CpuMs": result.get("cpuMsEach"),
            f"{prefix}FirstByteP50Ms": result["firstByteMs"]["p50"],
            f"{prefix}Bytes": result["bytesEach"], f"{prefix}Requests": result["requests"]}


def list_figures(load, lists):
    """All pods in each representation; ten as JSON, because memory is judged after ten."""
    pods = [f"{API}/pods"]
    figures = flat("listJson", load.run(pods, seconds=120, requests=lists))
    figures |= flat("listGzip", load.run(pods, gzip=True, seconds=60, requests=max(2, lists // 2)))
    figures |= flat("listProtobuf",
                    load.run(pods, accept=PROTOBUF, seconds=60, requests=max(2, lists // 2)))
    figures |= flat("listTable",
                    load.run(pods, accept=TABLE, seconds=60, requests=max(2, lists // 2)))
    figures |= flat("listNodes", load.run([f"{API}/nodes"], seconds=30, requests=lists))
    figures |= flat("listSelector", load.run([f"{API}/pods?labelSelector=app%3Ddeployment-001"],
                                             seconds=30, requests=max(2, lists // 2)))
    resident, peak = load.server.process.memory_mb()
    return figures | {"rssAfterListsMB": resident, "rssPeakMB": peak}


def await_quiet(server, resolution):
    """Until the server does nothing: neither scrapes nor writes what it has scraped."""
    deadline = time.monotonic() + 2 * resolution
    while time.monotonic() < deadline:
        before = server.process.usage().cpu_ms
        time.sleep(0.5)
        if server.process.usage().cpu_ms - before <= 20:
            return


def load_figures(load, items, options):
    some = some_pods(items)
    await_quiet(load.server, options.resolution)
    figures = flat("getQuiet", load.run(some, requests=options.gets, seconds=20))
    figures |= flat("getBusy", load.run(some, connections=16, seconds=options.short))
    figures |= flat("getOpenLoop", load.run(some, connections=16, rate=200,
                                            seconds=options.open_cycles * options.resolution))
    # Some fifty milliseconds each: whether a burst of scrapes falls on them would be a matter of luck.
    await_quiet(load.server, options.resolution)
    for size, namespace in namespaces_by_size(items).items():
        figures |= flat(f"namespace{size}", load.run([f"{API}/namespaces/{namespace}/pods"],
                                                     seconds=20, requests=50))
    figures |= list_figures(load, options.lists)
    beside = Load(load.binary, load.server, load.folder / "beside")
    beside.folder.mkdir(exist_ok=True)
    lists = beside.start([f"{API}/pods"], accept=JSON, seconds=options.short)
    figures |= flat("getBesideLists", load.run(some, rate=200, connections=16,
                                               seconds=options.short))
    beside.finish(lists)
    return figures


def run_once(server, kubelets, load_binary, folder, options, reference):
    """(figures, what the server said). Raises Void when that differs from `reference`."""
    shape = kubelets.shape
    figures = start_figures(server, shape, options.start_limit)
    time.sleep(options.warm_up * options.resolution)
    said = answers.everything(server)
    expected = shape.nodes + shape.nodes * shape.pods * shape.containers
    if len(said) != expected:
        raise Void(f"{server.side}: {len(said)} of {expected} nodes and containers")
    if reference is not None:
        faults = answers.differences(said, reference)
        if faults:
            raise Void(f"{server.side} disagrees: " + "; ".join(faults))
    figures |= steady_figures(server, kubelets, options.cycles, options.resolution)
    figures |= age_figures(server, options.resolution)
    if options.load:
        items = server.items(f"{API}/pods")
        figures |= load_figures(Load(load_binary, server, folder), items, options)
    if options.faults:
        figures |= fault_figures(server, kubelets, options.resolution)
    if options.churn:
        figures |= churn_figures(server, kubelets, options.churn, options.resolution)
    return figures, said
