#!/usr/bin/env python3
"""How old are the values that servers give? Asks each four times a second and prints the ages of all items.

Runs in a machine of the cluster. Reads {"servers": {name: "address:port"}, "admin": PEM file, "seconds": ...} from
standard input; prints {name: {"nodes": [seconds...], "pods": [...]}}. A timestamp has whole seconds, cut off, so
every age is up to a second too long, for all alike.
"""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "soak"))
import judge  # noqa: E402
from client import Client  # noqa: E402

PAUSE_SECONDS = 0.25
B = "/apis/metrics.k8s.io/v1beta1"


def ages(client, resource):
    status, body = client.get(f"{B}/{resource}")
    now = time.time()
    return [now - judge.unix(item["timestamp"]) for item in json.loads(body)["items"]] if status == 200 else []


def main():
    task = json.load(sys.stdin)
    clients = {name: Client(address, task["admin"]) for name, address in task["servers"].items()}
    found = {name: {"nodes": [], "pods": []} for name in clients}
    end = time.monotonic() + task["seconds"]
    while time.monotonic() < end:
        for name, client in clients.items():
            for resource, kept in found[name].items():
                kept += ages(client, resource)
        time.sleep(PAUSE_SECONDS)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
