"""What systemd is told (sd_notify(3)); without systemd nothing happens."""

import os
import socket


def notify(*lines: str) -> None:
    """Send state lines such as ``READY=1`` to the socket that systemd named."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # systemd will notice by itself that nothing comes


def watchdog_seconds() -> float | None:
    """How often to say WATCHDOG=1: half of what systemd waits, None when it does not."""
    wanted = os.environ.get("WATCHDOG_USEC", "")
    own = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(wanted) / 2_000_000 if wanted.isdigit() and own else None
