# SPDX-License-Identifier: Apache-2.0
"""The kubelet simulator (bench/kubelets) as a child process."""
import http.client
import json

from .processes import Process, wait_until


class Kubelets:
    def __init__(self, binary, folder, shape, ports, gzip):
        self.shape = shape
        self.port, self.control_port = ports
        self.authority_file = folder / "kubelets-ca.crt"
        command = [binary, f"--nodes={shape.nodes}", f"--pods={shape.pods}",
                   f"--containers={shape.containers}", f"--port={self.port}",
                   f"--control-port={self.control_port}", f"--authority-file={self.authority_file}"]
        self.process = Process("kubelets", command + (["--gzip"] if gzip else []), folder)
        # A certificate each: 19,000 took 80 s on a busy computer.
        wait_until("kubelets", lambda: "ready" in self.process.log_end(), 60 + shape.nodes // 50,
                   process=self.process)

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=60)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"kubelets: {method} {path}: {answer.status} {body}")
        return body

    def counters(self):
        return json.loads(self.ask("/counters"))

    def objects(self, kind, per_request=50):
        """Every object of "nodes" or "pods", as JSON text."""
        for start in range(0, self.shape.nodes, per_request):
            yield from self.ask(f"/objects/{kind}?from={start}&count={per_request}").splitlines()

    def fault(self, kind, start=0, count=1, delay_ms=0):
        self.ask(f"/fault?kind={kind}&from={start}&count={count}&delay_ms={delay_ms}", "POST")

    def replace(self, count):
        """Pods go and others come: [{"namespace": …, "gone": name, "born": object}]"""
        return [json.loads(line) for line in self.ask(f"/replace?count={count}", "POST").splitlines()]

    def drop_connections(self):
        self.ask("/drop", "POST")
