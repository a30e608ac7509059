"""Clients that ask all the time while something else happens, and keep what went wrong."""
import http.client
import json
import pathlib
import ssl
import tempfile
import threading
import time
import urllib.parse

import yaml

import kube


class Watcher:
    """Calls ask() again and again in a thread of its own; `failures` and `asked` tell how that went."""

    def __init__(self, pause):
        self.failures, self.asked, self._pause = [], 0, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        self._thread.join(30)

    def __exit__(self, *_):
        self.stop()

    def _run(self):
        while not self._stop.is_set():
            self.asked += 1
            try:
                self.ask()
            except Exception as fault:  # noqa: BLE001 - every kind of failure counts
                self.failures.append(f"{time.strftime('%H:%M:%S')} {type(fault).__name__} {fault}"[:300])
            self._stop.wait(self._pause)


class TopWatcher(Watcher):
    """kubectl top nodes, as a dashboard would; `missing` has (node, time) for each that had no value."""

    def __init__(self, pause=0.5):
        super().__init__(pause)
        self.missing = []

    def ask(self):
        rows = kube.kubectl("top", "nodes", "--no-headers", timeout=20)
        for node in ("node1", "node2"):
            if not any(line.startswith(node) and "<unknown>" not in line for line in rows.splitlines()):
                self.missing.append((node, time.monotonic()))


class RawWatcher(Watcher):
    """GET through kube-apiserver five times a second, which costs a hundredth of kubectl."""

    def __init__(self, path="/apis/metrics.k8s.io/v1beta1/nodes", pause=0.2):
        super().__init__(pause)
        config = yaml.safe_load((kube.STATE / "kubeconfig").read_text())
        self._host = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"]).netloc
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE  # our own cluster, by its own address
        with tempfile.TemporaryDirectory() as folder:
            self._tls.load_cert_chain(kube.admin_pem(pathlib.Path(folder)))
        self._path, self._connection = path, None

    def ask(self):
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(self._host, context=self._tls, timeout=10)
            self._connection.request("GET", self._path)
            answer = self._connection.getresponse()
            body = answer.read()
        except Exception:
            self._connection = None
            raise
        if answer.status != 200:
            raise kube.Failed(f"HTTP {answer.status}: {body[:200]!r}")
        if not json.loads(body)["items"]:
            raise kube.Failed("an empty list")
