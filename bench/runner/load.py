# SPDX-License-Identifier: Apache-2.0
"""Load on the API of a server, and what that cost it."""
import json
import subprocess

from .servers import API

JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


class Load:
    def __init__(self, binary, server, folder):
        self.binary = binary
        self.server = server
        self.folder = folder

    def command(self, paths, accept=JSON, gzip=False, connections=1, rate=0, seconds=5, requests=0):
        certificate, key, headers = self.server.identity()
        headers = {**headers, "Accept": accept, "User-Agent": "bench"}
        if gzip:
            headers["Accept-Encoding"] = "gzip"
        file = self.folder / "paths"
        file.write_text("\n".join(paths) + "\n")
        return [self.binary, f"--port={self.server.port}", f"--cert={certificate}", f"--key={key}",
                f"--paths-file={file}", f"--connections={connections}", f"--rate={rate}",
                f"--seconds={seconds}", f"--requests={requests}",
                *(f"--header={name}: {value}" for name, value in headers.items())]

    def start(self, paths, **how):
        command = [str(part) for part in self.command(paths, **how)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def finish(self, child):
        text, _ = child.communicate()
        if child.returncode != 0:
            raise RuntimeError("bench_load failed; see above")
        return json.loads(text)

    def run(self, paths, **how):
        """The generator's figures, with the server's CPU milliseconds per request."""
        before = self.server.process.usage().cpu_ms
        result = self.finish(self.start(paths, **how))
        used = self.server.process.usage().cpu_ms - before
        if result["errors"] or not result["requests"]:
            raise RuntimeError(f"{self.server.side}: {result['requests']} answers and errors of status "
                               f"{result['errors']} at {paths[0]}")
        result["cpuMsEach"] = used / result["requests"]
        return result


def some_pods(items, count=500):
    """Paths of pods from all over the list."""
    step = max(1, len(items) // count)
    return [f"{API}/namespaces/{item['metadata']['namespace']}/pods/{item['metadata']['name']}"
            for item in items[::step]]


def namespaces_by_size(items, sizes=(10, 300, 1500)):
    """{size: namespace} of those that have exactly so many pods."""
    counts = {}
    for item in items:
        namespace = item["metadata"]["namespace"]
        counts[namespace] = counts.get(namespace, 0) + 1
    return {size: name for name, size in sorted(counts.items()) if size in sizes}
