# SPDX-License-Identifier: Apache-2.0
"""The two servers that are compared: how each is started, the same way as far as they are alike."""
import http.client
import json
import ssl

from .access import READER
from .ports import free_ports
from .processes import Process

API = "/apis/metrics.k8s.io/v1beta1"


def our_command(binary, folder, plane, kubelets, options, port):
    authority = kubelets.authority_file.read_text()
    config = folder / "collector.yaml"
    config.write_text(json.dumps({  # JSON is YAML
        "apiVersion": "config.metricspipeline.dev/v1alpha1", "kind": "CollectorConfiguration",
        "scrape": {"resolution": f"{options.resolution}s",
                   "compression": "Gzip" if options.gzip else "Identity"},
        "tls": {"kubelet": {"mode": "CustomCA", "caBundle": authority}}}))
    return [binary, "start", f"--kubeconfig={plane.access.kubeconfig}", f"--config={config}",
            "--bind-address=127.0.0.1", f"--secure-port={port}", "--shutdown-delay=0s"]


def peer_command(binary, folder, plane, kubelets, options, port):
    return [binary, f"--kubeconfig={plane.access.kubeconfig}",
            f"--authentication-kubeconfig={plane.access.kubeconfig}",
            f"--authorization-kubeconfig={plane.access.kubeconfig}", f"--secure-port={port}",
            "--bind-address=127.0.0.1", f"--cert-dir={folder}/peer-certs",
            "--kubelet-use-node-status-port", "--kubelet-preferred-address-types=InternalIP",
            f"--kubelet-certificate-authority={kubelets.authority_file}",
            f"--metric-resolution={options.resolution}s",
            # Its default, 10 s, must not be over nine tenths of the resolution; nor is ours then.
            *(["--kubelet-request-timeout=8s"] if options.resolution < 12 else [])]


COMMANDS = {"ours": our_command, "peer": peer_command}


class Server:
    """A running server, and a client of it that comes as kube-apiserver's aggregator does."""

    def __init__(self, side, binary, folder, plane, kubelets, options, number, env=None):
        self.side = side
        self.port = free_ports(1)[0]
        self.plane = plane
        command = COMMANDS[side](binary, folder, plane, kubelets, options, self.port)
        self.process = Process(f"{side}-{number}", command, folder, env)

    def identity(self):
        """(certificate, key, headers)"""
        pki = self.plane.access.pki
        return (pki.path("front-proxy.crt"), pki.path("front-proxy.key"),
                {"X-Remote-User": READER, "X-Remote-Group": "system:authenticated"})

    def get(self, path, headers=None, timeout=60):
        """(status, body); status 0 when there is no answer."""
        certificate, key, own = self.identity()
        context = ssl._create_unverified_context()  # self-signed: it is on loopback and ours
        context.load_cert_chain(certificate, key)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)
        try:
            connection.request("GET", path, headers={**own, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def items(self, path):
        """The items of a list; None when it was refused."""
        status, body = self.get(path)
        return json.loads(body)["items"] if status == 200 else None

    def stop(self):
        self.process.stop(grace=5)
