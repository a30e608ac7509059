# SPDX-License-Identifier: Apache-2.0
"""Counts instructions of the hot paths under callgrind: the same on a busy computer as on a quiet one.

usage: python3 -m bench.runner.instructions BINARY RECORD [--record]

Compares with RECORD (JSON) and fails when one is over 25 % above it; --record writes it anew.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# Work of bench_yardsticks: what one piece consists of, so that a count means something.
UNITS = {"parse": ("byte of a body", 43_259), "list_json": ("pod", 900), "list_protobuf": ("pod", 900)}
FEW, MANY = 2, 7
ROOM = 1.25


def total(binary, work, times):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
                               binary, work, str(times)], capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"{work}: {done.stderr[-500:]}")
    return int(found.group(1))


def count(binary):
    """Instructions of one piece of each work, set-up taken off."""
    return {work: (total(binary, work, MANY) - total(binary, work, FEW)) / (MANY - FEW)
            for work in UNITS}


def main(words):
    binary, record = words[0], pathlib.Path(words[1])
    counts = count(binary)
    if "--record" in words:
        record.write_text(json.dumps({work: round(number) for work, number in counts.items()},
                                     indent=1) + "\n")
    recorded = json.loads(record.read_text())
    worse = 0
    for work, number in counts.items():
        unit, pieces = UNITS[work]
        verdict = "" if number <= ROOM * recorded[work] else "  TOO MANY"
        worse += bool(verdict)
        print(f"{work:14} {number:14,.0f} instructions, {number / pieces:8.1f} per {unit}; "
              f"recorded {recorded[work]:,}{verdict}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
