"""The kernel's own account of a container, read from the files of its cgroup, version 1 or 2."""
import re

import kube


class Files:
    """What both versions have in common: a folder that is named after the container.

    The working set is the usage without the files that the kernel could drop at once: the definition of
    cAdvisor, which the kubelet embeds.
    """

    def __init__(self, node, identity):
        self.node, self.identity = node, identity

    def _folder(self, top):
        found = kube.on_machine(self.node, "find", top, "-type", "d", "-name", self.identity)
        return found.split("\n")[0]

    def _read(self, path):
        return kube.on_machine(self.node, "cat", path)

    def _entry(self, path, key):
        return int(re.search(rf"^{key} (\d+)$", self._read(path), re.MULTILINE).group(1))


class FilesV1(Files):
    def __init__(self, node, identity):
        super().__init__(node, identity)
        self.cpu, self.memory = self._folder("/sys/fs/cgroup/cpuacct/"), self._folder("/sys/fs/cgroup/memory/")

    def to_watch(self):
        """What test/soak/watch_container.py is told."""
        return (f"{self.cpu}/cpuacct.usage", f"{self.memory}/memory.usage_in_bytes", f"{self.memory}/memory.stat",
                "total_inactive_file")

    def cpu_nanoseconds(self):
        return int(self._read(f"{self.cpu}/cpuacct.usage"))

    def working_set_bytes(self):
        usage = int(self._read(f"{self.memory}/memory.usage_in_bytes"))
        return usage - self._entry(f"{self.memory}/memory.stat", "total_inactive_file")


class FilesV2(Files):
    def __init__(self, node, identity):
        super().__init__(node, identity)
        self.folder = self._folder("/sys/fs/cgroup/")

    def to_watch(self):
        return f"{self.folder}/cpu.stat", f"{self.folder}/memory.current", f"{self.folder}/memory.stat", "inactive_file"

    def cpu_nanoseconds(self):
        return self._entry(f"{self.folder}/cpu.stat", "usage_usec") * 1000

    def working_set_bytes(self):
        usage = int(self._read(f"{self.folder}/memory.current"))
        return usage - self._entry(f"{self.folder}/memory.stat", "inactive_file")


def container_files(namespace, pod):
    """Those of the pod's first container."""
    found = kube.get("pod", pod, "-n", namespace)
    node = found["spec"]["nodeName"]
    identity = found["status"]["containerStatuses"][0]["containerID"].split("//")[1]
    kind = kube.on_machine(node, "stat", "--file-system", "--format", "%T", "/sys/fs/cgroup").strip()
    return (FilesV2 if kind == "cgroup2fs" else FilesV1)(node, identity)
