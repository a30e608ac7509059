#!/usr/bin/env python3
"""Serves a kubelet's /metrics/resource, one and the same body to all who ask within 15 s.

A kubelet takes pod statistics afresh at every scrape, so two servers never see the same numbers. Behind
this they do, and their answers can be compared exactly. Ends when standard input closes.

usage: kubelet_cache.py PORT ADMIN_CERTIFICATE_AND_KEY.pem SERVING_CERTIFICATE_AND_KEY.pem
"""
import http.server
import ssl
import sys
import threading
import time
import urllib.request

PERIOD = 15
lock, kept = threading.Lock(), {"epoch": -1, "body": b""}


def current_body(context):
    with lock:
        epoch = int(time.time() // PERIOD)
        if epoch != kept["epoch"]:
            url = "https://127.0.0.1:10250/metrics/resource"
            kept["body"] = urllib.request.urlopen(url, context=context, timeout=8).read()
            kept["epoch"] = epoch
        return kept["body"]


def main(port, admin, serving):
    upstream = ssl._create_unverified_context()  # noqa: S323 - a test's own kubelet, over loopback
    upstream.load_cert_chain(admin)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            found = self.path == "/metrics/resource"
            body = current_body(upstream) if found else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(port)), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(serving)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
