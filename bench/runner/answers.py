# SPDX-License-Identifier: Apache-2.0
"""What a server says, reduced to what both must agree on; and how old it is."""
import datetime
import re

from .servers import API

SUFFIXES = {"": 1e9, "n": 1, "u": 1e3, "m": 1e6, "k": 1e12, "M": 1e15}
BINARY = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
NUMBER = re.compile(r"^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$")
# Two samples bring the same rate only up to the nanosecond that each server rounds its own way.
NANOCORES_APART = 1000


def nanocores(text):
    number, suffix = NUMBER.match(text).groups()
    return round(float(number) * SUFFIXES[suffix])


def byte_count(text):
    number, suffix = NUMBER.match(text).groups()
    return round(float(number) * BINARY[suffix])


def usage(entry):
    return nanocores(entry["usage"]["cpu"]), byte_count(entry["usage"]["memory"])


def slot(pod):
    """Without the generation at the end: who replaces a pod uses as much as it did."""
    return re.sub(r"-[0-9]{2}$", "", pod)


def values(nodes, pods):
    """{"node": (cpu, bytes)}, {"namespace/slot/container": (cpu, bytes)}"""
    by_node = {item["metadata"]["name"]: usage(item) for item in nodes}
    by_container = {}
    for item in pods:
        pod = f"{item['metadata']['namespace']}/{slot(item['metadata']['name'])}"
        for container in item["containers"]:
            by_container[f"{pod}/{container['name']}"] = usage(container)
    return {**by_node, **by_container}


def differences(ours, theirs, most=5):
    """In words; empty when both say the same."""
    faults = [f"only one side has {key}" for key in sorted(ours.keys() ^ theirs.keys())[:most]]
    for key in ours.keys() & theirs.keys():
        (cpu, memory), (cpu2, memory2) = ours[key], theirs[key]
        if abs(cpu - cpu2) > NANOCORES_APART or memory != memory2:
            faults.append(f"{key}: {ours[key]} and {theirs[key]}")
            if len(faults) >= most:
                break
    return faults


def everything(server):
    return values(server.items(f"{API}/nodes"), server.items(f"{API}/pods"))


def ages(items, now):
    """Seconds since each item's sample, sorted."""
    found = []
    for item in items:
        stamp = datetime.datetime.fromisoformat(item["timestamp"].replace("Z", "+00:00"))
        found.append(now - stamp.timestamp())
    return sorted(found)


def percentile(ordered, share):
    if not ordered:
        return 0
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
