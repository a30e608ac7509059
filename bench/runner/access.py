# SPDX-License-Identifier: Apache-2.0
"""Keys and the kubeconfig with which a control plane, real or simulated, is reached."""
import base64
import json

from .pki import Pki

TOKEN = "bench-token"
READER = "bench-reader"  # who asks the servers under test, through the front proxy's certificate


class Access:
    """Writes ca, front-proxy-ca, apiserver, front-proxy (.crt and .key) and kubeconfig into `folder`."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        self.pki = Pki(folder)
        self.pki.authority("ca")
        self.pki.authority("front-proxy-ca")
        self.pki.leaf("ca", "apiserver", "/CN=kube-apiserver", "IP:127.0.0.1,DNS:localhost")
        self.pki.leaf("front-proxy-ca", "front-proxy", "/CN=front-proxy-client")
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(self.describe()))

    def describe(self):
        authority = base64.b64encode(self.pki.path("ca.crt").read_bytes()).decode()
        return {
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {
                "server": f"https://127.0.0.1:{self.port}",
                "certificate-authority-data": authority}}],
            "users": [{"name": "bench", "user": {"token": TOKEN}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}
