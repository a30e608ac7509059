"""A proxy in front of kube-apiserver that spoils what passes through it, as a bad network, an overloaded
server or a broken middlebox would.

    proxy.py PORT UPSTREAM_PORT CERTIFICATE KEY UPSTREAM_CA FOLDER

FOLDER/fault holds one word, read anew for each request; FOLDER/requests gets a line for each: "fault METHOD path".
Speaks TLS to both sides, so that tokens work as usual.

    none       everything passes
    latency    each request waits 5 s
    slow       each request waits 2 s
    throttle   429 with Retry-After: 1
    error      500
    reset      connections are reset: watches after a second, other requests half of the time, before an answer
    conflict   writes are answered 409
    unlucky    writes are answered 409, but those of a status pass
    partition  nothing passes in either direction; what came meanwhile is lost
    truncate   answers end in the middle: half of a JSON document, half of a watch event
"""
import http.client
import http.server
import json
import os
import random
import select
import socket
import ssl
import struct
import sys
import threading
import time

PORT, UPSTREAM = int(sys.argv[1]), int(sys.argv[2])
CERTIFICATE, KEY, UPSTREAM_CA, FOLDER = sys.argv[3:7]
WAITS = {"latency": 5, "slow": 2}

listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
listening.load_cert_chain(CERTIFICATE, KEY)
dialling = ssl.create_default_context(cafile=UPSTREAM_CA)
requests = open(os.path.join(FOLDER, "requests"), "a", buffering=1)
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


def fault():
    try:
        with open(os.path.join(FOLDER, "fault")) as file:
            return file.read().strip()
    except OSError:
        return "none"


class Cut(Exception):
    """The client's connection ends here, without another byte."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.request = listening.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self):
        try:
            super().finish()
            self.request.close()
        except OSError:
            pass

    def log_message(self, *_):
        pass

    def forward(self):
        kind = fault()
        requests.write(f"{kind} {self.command} {self.path}\n")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        watching = "watch=1" in self.path or "watch=true" in self.path
        try:
            if kind == "throttle":
                return self.refuse(429, "TooManyRequests", {"Retry-After": "1"})
            if kind == "error":
                return self.refuse(500, "InternalError", {})
            unlucky = kind == "unlucky" and not self.path.split("?")[0].endswith("/status")
            if (kind == "conflict" or unlucky) and self.command != "GET":
                return self.refuse(409, "Conflict", {})
            time.sleep(WAITS.get(kind, 0))
            if kind == "partition":
                self.hold()
                raise Cut
            if kind == "reset" and not watching and random.random() < 0.5:
                raise Cut
            self.stream() if watching else self.exchange(body)
        except Cut:
            self.reset()
        except (OSError, http.client.HTTPException, ssl.SSLError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

    def hold(self):
        while fault() == "partition":
            time.sleep(0.1)

    def refuse(self, code, reason, headers):
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code,
                           "message": f"the proxy says {reason}"}).encode()
        self.send_response(code)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def passed_on(self):
        return [(name, value) for name, value in self.headers.items()
                if name.lower() not in ("host", "connection", "accept-encoding")]

    def exchange(self, body):
        upstream = http.client.HTTPSConnection("127.0.0.1", UPSTREAM, context=dialling)
        try:
            upstream.request(self.command, self.path, body or None, dict(self.passed_on()))
            answer = upstream.getresponse()
            body = answer.read()
            if fault() == "truncate" and self.command == "GET":
                body = body[:len(body) // 2]  # well-framed: only the document is broken
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        finally:
            upstream.close()

    def stream(self):
        """A watch: bytes as they come, framing and all."""
        self.close_connection = True
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", UPSTREAM)) as plain, \
                dialling.wrap_socket(plain, server_hostname="127.0.0.1") as upstream:
            head = [f"{self.command} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{UPSTREAM}", "Connection: close",
                    *(f"{name}: {value}" for name, value in self.passed_on())]
            upstream.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
            while True:
                self.hold()
                if fault() == "reset" and time.monotonic() - begun > 1:
                    raise Cut
                # What TLS has taken in already is not seen by select.
                if not upstream.pending() and not select.select([upstream], [], [], 0.2)[0]:
                    if select.select([self.request], [], [], 0)[0]:
                        raise Cut  # the client has gone
                    continue
                piece = upstream.recv(65536)
                if fault() == "truncate":
                    piece = piece[:len(piece) // 2]
                self.wfile.write(piece)
                if not piece or fault() == "truncate":
                    return

    def reset(self):
        self.close_connection = True
        try:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.request.detach())
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a client that goes away is what this is about


if __name__ == "__main__":
    server = Server(("127.0.0.1", PORT), Handler)
    threading.Thread(target=server.serve_forever).start()
