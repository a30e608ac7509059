"""What may be said of answers of metrics.k8s.io that came over a time: is any of it wrong?

Pure: answers and samples in, findings out. Three questions: does time run backwards for a reader; is every
window possible; is a value what the kernel counted (container_files.py) at the times that the answer names.
"""
import bisect
import datetime
import re

UNITS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
# A pair of samples may span a kubelet that was away; more than this is no pair but two stories.
LONGEST_WINDOW_SECONDS = 120


def seconds(duration):
    """A Go duration ("1m2.5s") in seconds."""
    parts = re.findall(r"([\d.]+)(h|ms|m|us|µs|ns|s)", duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"no duration: {duration!r}")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def unix(time):
    """RFC 3339 in UTC as seconds since 1970."""
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def name_of(item):
    meta = item["metadata"]
    return f"{meta['namespace']}/{meta['name']}" if "namespace" in meta else meta["name"]


class Reader:
    """One who asks again and again: keeps the newest time of each item, and what was wrong.

    steps_back: (when it was seen, by how many seconds an item was older than before).
    """

    def __init__(self):
        self.newest, self.wrong, self.steps_back = {}, [], []

    def take(self, item, now):
        name = name_of(item)
        time, window = unix(item["timestamp"]), seconds(item["window"])
        if not 0 < window <= LONGEST_WINDOW_SECONDS:
            self.wrong.append(f"{name}: window {item['window']}")
        if time > now + 1:
            self.wrong.append(f"{name}: timestamp {time - now:.1f} s in the future")
        if time < self.newest.get(name, 0):
            self.steps_back.append((now, self.newest[name] - time))
        self.newest[name] = max(time, self.newest.get(name, 0))


def spells(times, pause=10):
    """How many groups the times fall into that are more than `pause` seconds apart."""
    ordered = sorted(times)
    return len(ordered[:1]) + sum(after - before > pause for before, after in zip(ordered, ordered[1:]))


class Samples:
    """The kernel's own account of one container: (time, CPU nanoseconds so far, working set bytes), in order."""

    def __init__(self, rows):
        self.times = [row[0] for row in rows]
        self.cpu = [row[1] for row in rows]
        self.memory = [row[2] for row in rows]

    def covers(self, begin, end):
        return bool(self.times) and self.times[0] <= begin and end <= self.times[-1]

    def counted(self, time):
        """CPU nanoseconds up to a time, on the line between the two nearest samples."""
        i = max(1, min(bisect.bisect_left(self.times, time), len(self.times) - 1))
        (t0, t1), (c0, c1) = self.times[i - 1:i + 1], self.cpu[i - 1:i + 1]
        return c0 + (c1 - c0) * (time - t0) / (t1 - t0)

    def memory_between(self, begin, end):
        low = max(0, bisect.bisect_left(self.times, begin) - 1)
        high = min(len(self.times), bisect.bisect_right(self.times, end) + 1)
        return min(self.memory[low:high]), max(self.memory[low:high])


def rates(samples, time, window):
    """Least and most nanocores that the samples allow. A timestamp has whole seconds, cut off, so the pair's end lies
    within the second that follows it; kubelets note the time a moment after they read the counter."""
    ends = [time - 0.2 + step * 0.1 for step in range(13)]
    found = [(samples.counted(end) - samples.counted(end - window)) / window for end in ends]
    return min(found), max(found)


def judge_point(samples, time, window, cpu, memory):
    """What is wrong with a container's value, "" if nothing, None if the samples do not reach that far.

    Allowed beyond the samples: 3 % and 3m of CPU, for the moment between the kubelet's two readings of the
    file and of the clock on a busy computer; 1 MiB of memory.
    """
    if not samples.covers(time - window - 1, time + 2):
        return None
    low, high = rates(samples, time, window)
    if not low * 0.97 - 3e6 <= cpu <= high * 1.03 + 3e6:
        return f"cpu {cpu / 1e6:.1f}m, its cgroup counted {low / 1e6:.1f}m to {high / 1e6:.1f}m"
    least, most = samples.memory_between(time - 2, time + 2)
    if not least - 2**20 <= memory <= most + 2**20:
        return f"memory {memory}, its cgroup held {least} to {most}"
    return ""
