#!/usr/bin/env python3
"""Prints what the kernel counts for a container, four times a second: time, CPU nanoseconds, working set bytes.

Runs inside a node. Ends when standard input closes.

usage: watch_container.py CPU_FILE MEMORY_FILE STAT_FILE STAT_KEY

CPU_FILE is cpuacct.usage (version 1, nanoseconds) or cpu.stat (version 2, usage_usec). The working set is the
memory without what STAT_KEY of STAT_FILE says: cAdvisor's definition.
"""
import select
import sys
import time


def entry(path, key):
    with open(path) as file:
        return next(int(line.split()[1]) for line in file if line.split()[0] == key)


def whole(path):
    with open(path) as file:
        return int(file.read())


def main(cpu, memory, stat, key):
    while not select.select([sys.stdin], [], [], 0.25)[0]:
        before = time.time()
        used = entry(cpu, "usage_usec") * 1000 if cpu.endswith("cpu.stat") else whole(cpu)
        at = (before + time.time()) / 2
        print(f"{at:.3f} {used} {whole(memory) - entry(stat, key)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
