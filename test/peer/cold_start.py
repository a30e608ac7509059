#!/usr/bin/env python3
"""How long does a server take from exec to its first complete answer?

Runs in a node before the program's old process is ended. Reads {"program": start of the command line, "port": ...,
"admin": PEM file, "must_have": ["node1", "load/burner"...], "patience": seconds} from standard input. Waits for a new
process of the program, asks it for nodes and pods again and again, and prints the seconds since its exec at
which it first gave any node, and all of `must_have`: {"first": ..., "complete": ...}. Ends without a word when
standard input closes: the process came on another node.
"""
import json
import os
import pathlib
import re
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "soak"))
import judge  # noqa: E402
from client import Client  # noqa: E402

B = "/apis/metrics.k8s.io/v1beta1"
TICKS = os.sysconf("SC_CLK_TCK")


def processes(program):
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile
        if command[0].decode().rsplit("/")[-1] == program:
            found.add(int(folder.name))
    return found


def seconds_since_exec(pid):
    """By the kernel's clock since boot, in hundredths (proc(5)): the fork of the process, a moment before its exec."""
    started = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[19]) / TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def own_address(pid):
    """The address of the process's pod: the one of its network namespace that is no loopback."""
    table = pathlib.Path(f"/proc/{pid}/net/fib_trie").read_text()
    return next(a for a in re.findall(r"\|-- ([\d.]+)\s+/32 host LOCAL", table) if not a.startswith("127."))


def names(client):
    found = set()
    for resource in ("nodes", "pods"):
        status, body = client.get(f"{B}/{resource}")
        found |= {judge.name_of(item) for item in json.loads(body)["items"]} if status == 200 else set()
    return found


def main():
    task = json.loads(sys.stdin.readline())
    old, end = processes(task["program"]), time.monotonic() + task["patience"]
    print("waiting", flush=True)
    while not (new := processes(task["program"]) - old):
        if time.monotonic() > end:
            sys.exit("no new process came")
        if select.select([sys.stdin], [], [], 0.01)[0]:
            return
    pid, = new
    client, first = Client(f"{own_address(pid)}:{task['port']}", task["admin"]), None
    while time.monotonic() < end:
        try:
            there = names(client)
        except (OSError, ValueError, KeyError):  # not listening, or not answering yet
            there = set()
        if first is None and there & {"node1", "node2"}:
            first = seconds_since_exec(pid)
        if there >= set(task["must_have"]):
            print(json.dumps({"first": round(first, 2), "complete": round(seconds_since_exec(pid), 2)}))
            return
        time.sleep(0.05)
    sys.exit(f"not complete in time; the last answer had {sorted(there)}")


if __name__ == "__main__":
    main()
