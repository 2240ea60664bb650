"""Ports for servers that are told where to listen."""

import contextlib
import random
import socket


def free_ports(count: int) -> list[int]:
    """Below those that the system gives to clients: while a server is away, nobody who tries to reach it takes its
    place, or meets himself there."""
    dice, ports = random.SystemRandom(), list[int]()
    while len(ports) < count:
        port = dice.randrange(10_000, 32_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            ports += [port] if port not in ports else []
    return ports
