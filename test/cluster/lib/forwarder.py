# SPDX-License-Identifier: Apache-2.0
"""forwarder.py PORT FILE NETNS HOST HOSTPORT

Listens on 127.0.0.1:PORT (any free port if PORT is 0 or taken) in the network namespace where it is
started, writes the port to FILE, then moves to the namespace NETNS and connects each client to
HOST:HOSTPORT from there. A socket stays in the namespace in which it was made.
"""
import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000


def listen(port):
    for candidate in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            return listener
        except OSError:
            listener.close()
    sys.exit("no free port on 127.0.0.1")


def enter_network(path):
    with open(path) as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")


async def copy(reader, writer):
    """One direction. An end of stream is passed on; the other direction may go on for hours."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def serve(client_reader, client_writer, host, port):
    writers = [client_writer]
    try:
        server_reader, server_writer = await asyncio.open_connection(host, port)
        writers.append(server_writer)
        directions = [asyncio.create_task(copy(client_reader, server_writer)),
                      asyncio.create_task(copy(server_reader, client_writer))]
        try:
            await asyncio.gather(*directions)
        finally:
            for task in directions:
                task.cancel()
    except OSError:
        pass  # refused or reset: the client sees its connection close, as it would without us
    finally:
        for writer in writers:
            writer.close()


async def main():
    port, port_file, namespace, host, host_port = sys.argv[1:]
    listener = listen(int(port))
    enter_network(namespace)
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, host, int(host_port)), sock=listener, backlog=512)
    with open(port_file, "w") as file:
        print(listener.getsockname()[1], file=file)
    await server.serve_forever()


asyncio.run(main())
