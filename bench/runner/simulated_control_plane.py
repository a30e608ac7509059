# SPDX-License-Identifier: Apache-2.0
"""The API server simulator (bench/apiserver) in place of a real control plane: ready in a second."""
import http.client

from .access import READER, TOKEN, Access
from .ports import free_ports
from .processes import Process, wait_until


class SimulatedControlPlane:
    """The same interface as ControlPlane."""

    described = "simulated API server"

    def __init__(self, binary, folder, kubelets):
        port, self.control_port = free_ports(2)
        self.access = Access(folder, port)
        shape, at = kubelets.shape, self.access.pki.path
        server = Process("apiserver", [
            binary, f"--nodes={shape.nodes}", f"--pods={shape.pods}", f"--containers={shape.containers}",
            f"--kubelet-port={kubelets.port}", f"--port={port}", f"--control-port={self.control_port}",
            f"--certificate={at('apiserver.crt')}", f"--key={at('apiserver.key')}",
            f"--client-ca={at('ca.crt')}", f"--requestheader-client-ca={at('front-proxy-ca.crt')}",
            f"--token={TOKEN}", f"--reader={READER}"], folder)
        self.parts = [server]
        wait_until("apiserver", lambda: "ready" in server.log_end(), 30, process=server)

    def replace(self, changes):
        """The same pods as kubelets.replace(): both count in one order. See bench/apiserver/control.h."""
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=60)
        connection.request("POST", f"/replace?count={len(changes)}")
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"apiserver: replace: {answer.status} {body}")

    def stop(self):
        for process in self.parts:
            process.stop(grace=1)
