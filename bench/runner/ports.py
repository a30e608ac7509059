# SPDX-License-Identifier: Apache-2.0
"""Ports of 127.0.0.1 that nobody uses."""
import socket


def free_ports(count):
    """All at once, so that none is given twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
