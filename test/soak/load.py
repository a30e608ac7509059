#!/usr/bin/env python3
"""Asks for metrics at a steady rate over kept connections and judges every answer.

Runs inside a machine of the cluster, where the API server and pods can be reached. Reads one JSON document
from standard input: {"servers": {name: "address:port"}, "admin": PEM file, "rate": requests per second,
"seconds": ..., "must_have": ["node1", "load/burner"...], "points_of": ["load/burner"...]}. "aggregated" is the API
server, every other name a replica asked directly. Ends when the time is over, or early when standard input
closes; prints what it saw (see Report) as JSON.
"""
import collections
import http.client
import json
import random
import select
import sys
import threading
import time

import judge
from client import Client

THREADS = 6
B = "/apis/metrics.k8s.io/v1beta1"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"

# (share of the requests, name, path, Accept, status)
MIX = [
    (25, "nodes", f"{B}/nodes", None, 200),
    (20, "all pods", f"{B}/pods", None, 200),
    (15, "pods of a namespace", f"{B}/namespaces/load/pods", None, 200),
    (10, "pods by label", f"{B}/namespaces/load/pods?labelSelector=app%3Dburner", None, 200),
    (5, "v1 pods", "/apis/metrics.k8s.io/v1/pods", None, 200),
    (8, "one pod", f"{B}/namespaces/load/pods/burner", None, 200),
    (5, "one node", f"{B}/nodes/node1", None, 200),
    (4, "table", f"{B}/pods", TABLE, 200),
    (4, "protobuf", f"{B}/nodes", PROTOBUF, 200),
    (2, "discovery", B, None, 200),
    (2, "not there", f"{B}/namespaces/load/pods/nobody", None, 404),
]
WHOLE = {"nodes": lambda name: "/" not in name, "all pods": lambda name: "/" in name,
         "v1 pods": lambda name: "/" in name, "pods of a namespace": lambda name: name.startswith("load/")}


class Report:
    """What all threads saw together. Thread-safe."""

    def __init__(self, points_of):
        self.lock = threading.Lock()
        self.statuses = collections.Counter()   # "aggregated 200" -> count
        self.surprises = []                     # answers that nobody should get, the first 50
        self.times = collections.defaultdict(list)
        self.readers = collections.defaultdict(judge.Reader)
        self.points = {name: {} for name in points_of}

    def answered(self, server, kind, status, took, body):
        with self.lock:
            self.statuses[f"{server} {status}"] += 1
            self.times[server].append(took)
            if status != next(row[4] for row in MIX if row[1] == kind):
                self.surprise(f"{server}, {kind}: {status} {body[:200]!r}")

    def surprise(self, text):
        if len(self.surprises) < 50:
            self.surprises.append(f"{time.time():.1f} {text}")
        self.statuses["surprises"] += 1

    def saw(self, reader, items, now):
        with self.lock:
            for item in items:
                self.readers[reader].take(item, now)
                kept = self.points.get(judge.name_of(item))
                if kept is not None:
                    usage = item["containers"][0]["usage"]
                    kept[(item["timestamp"], item["window"], usage["cpu"], usage["memory"])] = True

    def steps_back(self):
        """server -> how often a reader saw an older time than before, in how many spells, by how many seconds at most"""
        found = collections.defaultdict(list)
        for name, reader in self.readers.items():
            found[name.rsplit(" ", 1)[0]] += reader.steps_back
        return {server: {"count": len(steps), "spells": judge.spells(now for now, _ in steps),
                         "widest": round(max((step for _, step in steps), default=0), 1)}
                for server, steps in found.items()}

    def to_json(self):
        def part(values, share):
            return round(sorted(values)[min(len(values) - 1, int(share * len(values)))] * 1000, 1) if values else None
        return {"statuses": dict(self.statuses), "surprises": self.surprises,
                "milliseconds": {server: {"p50": part(v, 0.5), "p99": part(v, 0.99), "max": part(v, 1)}
                                 for server, v in self.times.items()},
                "wrong": [f"{name}: {line}" for name, reader in self.readers.items() for line in reader.wrong][:50],
                "steps_back": self.steps_back(),
                "points": {name: sorted(kept) for name, kept in self.points.items()}}


def items_of(kind, body):
    if kind in ("table", "protobuf", "discovery", "not there"):
        return []
    found = json.loads(body)
    return found["items"] if "items" in found else [found]


def one_request(server, client, report, must_have, reader):
    _, kind, path, accept, wanted = random.choices(MIX, [row[0] for row in MIX])[0]
    begun = time.monotonic()
    try:
        status, body = client.get(path, accept)
    except (OSError, http.client.HTTPException) as fault:
        with report.lock:
            report.surprise(f"{server}, {kind}: {type(fault).__name__}: {fault}")
        return
    report.answered(server, kind, status, time.monotonic() - begun, body)
    if status != wanted or status != 200:
        return
    items = items_of(kind, body)
    report.saw(reader, items, time.time())
    if kind in WHOLE:
        missing = {name for name in must_have if WHOLE[kind](name)} - {judge.name_of(item) for item in items}
        if missing:
            with report.lock:
                report.surprise(f"{server}, {kind}: without {sorted(missing)}")


def worker(number, task, report, stop):
    """Asks in its own turns: the rate holds as long as answers come in time, and is made up for afterwards."""
    # Two in three go the way that kubectl goes.
    names = ["aggregated"] * 2 * (len(task["servers"]) - 1) + [n for n in task["servers"] if n != "aggregated"]
    clients = {name: Client(address, task["admin"]) for name, address in task["servers"].items()}
    step = THREADS / task["rate"]
    due = time.monotonic() + number / task["rate"]
    end = time.monotonic() + task["seconds"]
    while due < end and not stop.wait(max(0, due - time.monotonic())):
        due += step
        name = random.choice(names)
        one_request(name, clients[name], report, task["must_have"], f"{name} {number}")


def main():
    task = json.loads(sys.stdin.readline())
    report, stop = Report(task["points_of"]), threading.Event()
    threads = [threading.Thread(target=worker, args=(i, task, report, stop)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if select.select([sys.stdin], [], [], 0.5)[0] and not sys.stdin.readline():
            stop.set()
            break
    for thread in threads:
        thread.join()
    json.dump(report.to_json(), sys.stdout)


if __name__ == "__main__":
    main()
