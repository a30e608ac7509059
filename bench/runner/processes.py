# SPDX-License-Identifier: Apache-2.0
"""Child processes with a log each, and what they have used so far."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1


class Usage:
    """CPU milliseconds since the start, as the kernel counts them."""

    def __init__(self, pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        self.user_ms = int(fields[11]) * 1000 / TICKS
        self.system_ms = int(fields[12]) * 1000 / TICKS

    @property
    def cpu_ms(self):
        return self.user_ms + self.system_ms


class Process:
    """Dies with us. Its output goes to a file."""

    def __init__(self, name, command, log_folder, env=None, cpus=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.log_path = pathlib.Path(log_folder) / f"{name}.log"
        libc = ctypes.CDLL(None)

        def in_child():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if cpus:
                os.sched_setaffinity(0, cpus)

        with open(self.log_path, "ab") as log:
            self.started = time.monotonic()
            self.child = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL, preexec_fn=in_child,
                                          env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def usage(self):
        return Usage(self.pid)

    def memory_mb(self):
        """(resident now, highest ever)"""
        figures = {}
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                figures[key] = int(value.split()[0]) / 1024
        return figures["VmRSS"], figures["VmHWM"]

    def log_end(self, size=2000):
        return self.log_path.read_text(errors="replace")[-size:]

    def stop(self, grace=10):
        if self.running():
            self.child.terminate()
            try:
                self.child.wait(grace)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()


def wait_until(what, condition, limit, step=0.1, process=None):
    """Returns what `condition` gave once it is true, or raises with the end of the process's log."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        ended = process is not None and not process.running()
        if ended or time.monotonic() > deadline:
            why = "ended" if ended else f"took longer than {limit} s"
            log = f"\n{process.log_end()}" if process else ""
            raise RuntimeError(f"{what}: {process.name if process else ''} {why}{log}")
        time.sleep(step)
