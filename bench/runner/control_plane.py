# SPDX-License-Identifier: Apache-2.0
"""A real etcd and kube-apiserver that hold the synthetic cluster's objects."""
import base64
import http.client
import json
import ssl
import time

from .access import READER, TOKEN, Access
from .ports import free_ports
from .processes import Process, wait_until

PUTS_PER_TRANSACTION = 100


def key_of(kind, text):
    """Where kube-apiserver keeps it in etcd."""
    meta = json.loads(text)["metadata"]
    if kind == "nodes":
        return f"/registry/minions/{meta['name']}"
    return f"/registry/pods/{meta['namespace']}/{meta['name']}"


class ControlPlane:
    """What a run needs of it: `access`, `parts` (its processes), replace() and stop()."""

    described = "real kube-apiserver and etcd"

    def __init__(self, binaries, folder, kubelets):
        self.binaries = binaries
        self.folder = folder
        self.etcd_port, peer_port, self.port = free_ports(3)
        self.access = Access(folder, self.port)
        self.access.pki.leaf("ca", "tokens", "/CN=tokens")
        (folder / "tokens.csv").write_text(f'{TOKEN},bench,bench,"system:masters"\n')
        self.parts = []
        try:
            self.start_etcd(peer_port)
            self.load("nodes", kubelets.objects("nodes", 1000))
            self.load("pods", kubelets.objects("pods"))
            self.start_server()
        except BaseException:
            self.stop()
            raise

    def start_etcd(self, peer_port):
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{peer_port}"
        etcd = Process("etcd", [
            self.binaries / "etcd", f"--data-dir={self.folder}/etcd", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}", "--quota-backend-bytes=8589934592"], self.folder)
        self.parts.append(etcd)
        wait_until("etcd", lambda: self.etcd_answers("/health"), 30, process=etcd)

    def etcd_answers(self, path, body=None, connection=None):
        own = connection is None
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=60)
        try:
            connection.request("POST" if body else "GET", path, body)
            answer = connection.getresponse()
            text = answer.read().decode()
            if body and answer.status != 200:
                raise RuntimeError(f"etcd: {path}: {answer.status} {text[:300]}")
            return text
        except OSError:
            if body:
                raise
            return ""
        finally:
            if own:
                connection.close()

    def load(self, kind, objects):
        """Writes them where kube-apiserver will find them; returns how many."""
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=60)
        encode = lambda text: base64.b64encode(text.encode()).decode()
        count, puts = 0, []

        def send():
            self.etcd_answers("/v3/kv/txn", json.dumps({"success": puts}), connection)
            puts.clear()

        for text in objects:
            puts.append({"requestPut": {"key": encode(key_of(kind, text)), "value": encode(text)}})
            count += 1
            if len(puts) == PUTS_PER_TRANSACTION:
                send()
        if puts:
            send()
        connection.close()
        return count

    def replace(self, changes):
        """What kubelets.replace() answered, written into etcd."""
        encode = lambda text: base64.b64encode(text.encode()).decode()
        for change in changes:
            gone, born = f"/registry/pods/{change['namespace']}/{change['gone']}", json.dumps(change["born"])
            self.etcd_answers("/v3/kv/txn", json.dumps({"success": [
                {"requestDeleteRange": {"key": encode(gone)}},
                {"requestPut": {"key": encode(key_of("pods", born)), "value": encode(born)}}]}))

    def start_server(self):
        at = lambda flag, file: f"--{flag}={self.folder / file}"
        server = Process("kube-apiserver", [
            self.binaries / "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
            "--service-account-issuer=https://kubernetes.default.svc",
            at("cert-dir", "certs"), at("tls-cert-file", "apiserver.crt"),
            at("tls-private-key-file", "apiserver.key"), at("client-ca-file", "ca.crt"),
            at("service-account-key-file", "tokens.crt"),
            at("service-account-signing-key-file", "tokens.key"), at("token-auth-file", "tokens.csv"),
            at("requestheader-client-ca-file", "front-proxy-ca.crt"),
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            at("proxy-client-cert-file", "front-proxy.crt"),
            at("proxy-client-key-file", "front-proxy.key")], self.folder)
        self.parts.append(server)
        wait_until("kube-apiserver", lambda: self.ask("GET", "/readyz")[0] == 200, 180,
                   process=server)
        self.allow_reader()

    def ask(self, method, path, body=None):
        context = ssl.create_default_context(cafile=self.access.pki.path("ca.crt"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, json.dumps(body) if body else None,
                               {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def allow_reader(self):
        """The reader is an ordinary user: the servers under test must ask who may do what."""
        group = "rbac.authorization.k8s.io"
        binding = {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding",
                   "metadata": {"name": READER},
                   "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
                   "subjects": [{"apiGroup": group, "kind": "User", "name": READER}]}
        deadline = time.monotonic() + 30
        while True:
            status, text = self.ask("POST", f"/apis/{group}/v1/clusterrolebindings", binding)
            if status in (201, 409):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"cannot bind {READER}: {status} {text[:300]}")
            time.sleep(0.5)

    def stop(self):
        for process in reversed(self.parts):
            process.stop(grace=1)
