# SPDX-License-Identifier: Apache-2.0
"""What happens to the healthy when kubelets fall silent, and when all of them restart at once."""
import json
import time

from . import answers
from .servers import API


def ages_of_others(server, silent):
    """Ages of the samples of all nodes but the first `silent`."""
    items = json.loads(server.get(f"{API}/nodes")[1])["items"]
    others = [item for item in items if int(item["metadata"]["name"].rsplit("-", 1)[1]) >= silent]
    return answers.ages(others, time.time())


def sampled(server, silent, seconds, every=2.5):
    """Ages over a whole cycle, so that the moment of asking does not matter."""
    ages, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        ages += ages_of_others(server, silent)
        time.sleep(every)
    return sorted(ages)


def spread(prefix, ages):
    return {f"{prefix}P50S": answers.percentile(ages, 0.5), f"{prefix}P99S": answers.percentile(ages, 0.99)}


def silent_figures(server, kubelets, resolution, share):
    """Ages of the healthy nodes' samples while a share of the kubelets is a black hole."""
    silent = max(1, round(kubelets.shape.nodes * share))
    kubelets.fault("blackhole", 0, silent)
    try:
        time.sleep(2 * resolution)
        return spread(f"othersAge{round(share * 100)}", sampled(server, silent, resolution))
    finally:
        kubelets.fault("none", 0, kubelets.shape.nodes)
        kubelets.drop_connections()


def restart_figures(server, kubelets, resolution):
    """All connections are cut at once; what the following cycle costs and brings."""
    kubelets.drop_connections()
    before, counted = server.process.usage(), kubelets.counters()
    time.sleep(resolution)
    after, now = server.process.usage(), kubelets.counters()
    return {"restartCycleCpuMs": after.cpu_ms - before.cpu_ms,
            "restartHandshakes": now["handshakes"] - counted["handshakes"],
            "restartScrapes": now["resourceRequests"] - counted["resourceRequests"]}


def fault_figures(server, kubelets, resolution):
    figures = spread("othersAge0", sampled(server, 0, resolution))
    figures |= restart_figures(server, kubelets, resolution)
    time.sleep(resolution)
    return figures | silent_figures(server, kubelets, resolution, 0.01)
