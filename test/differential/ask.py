#!/usr/bin/env python3
"""Asks two servers the same things and prints what each answered, byte for byte.

Runs inside a machine of the cluster, where pods can be reached. Reads one JSON document from standard
input: {"servers": {name: "address:port"}, "admin": PEM file, "requests": [{"id", "method", "path",
"headers": [[name, value]], "credential": "admin" | "none"}]}; prints {name: {id: answer}} with
answer = {"status", "headers": [[name, value]], "body": base64}, or {"error": text}. Requests are
written as they are: no client library corrects them.
"""
import base64
import http.client
import json
import socket
import ssl
import sys

DEADLINE_SECONDS = 15


def connect(address, admin):
    context = ssl.create_default_context()
    # The peer's certificate is self-signed, and who answers is known from the address.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if admin:
        context.load_cert_chain(admin)
    host, port = address.rsplit(":", 1)
    return context.wrap_socket(socket.create_connection((host, int(port)), DEADLINE_SECONDS))


def ask(address, admin, request):
    lines = [f"{request['method']} {request['path']} HTTP/1.1", "Host: metrics", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request["headers"]]
    try:
        with connect(address, admin if request["credential"] == "admin" else None) as stream:
            stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            answer = http.client.HTTPResponse(stream, method=request["method"])
            answer.begin()
            return {"status": answer.status, "headers": answer.getheaders(),
                    "body": base64.b64encode(answer.read()).decode()}
    except (OSError, http.client.HTTPException) as fault:
        return {"error": f"{type(fault).__name__}: {fault}"}


def main():
    task = json.load(sys.stdin)
    json.dump({name: {request["id"]: ask(address, task["admin"], request) for request in task["requests"]}
               for name, address in task["servers"].items()}, sys.stdout)


if __name__ == "__main__":
    main()
