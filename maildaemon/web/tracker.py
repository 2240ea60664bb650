"""The read-confirmation image: the same bytes for every token, known or not, and a record of who asked."""

import asyncio
import hashlib
import ipaddress
import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

logger = logging.getLogger(__name__)

GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)  # 1x1, transparent
HEADERS = {
    "Content-Type": "image/gif",
    "Content-Length": str(len(GIF)),
    "Cache-Control": "private, no-store, no-cache, max-age=0, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
NAME = re.compile(r"([A-Za-z0-9_\-]{22})\.gif", re.ASCII)
LONGEST_TARGET = 490
"""Of a request line of 512 bytes."""
MOST_WAITING = 1000
"""Openings that wait to be recorded; beyond that they are served but not recorded, so that a flood costs no memory."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody asked for the image. ``address`` is the network only (/24 or /48), None when it is not known."""

    token_sha256: str
    at: datetime
    method: str
    user_agent: str
    address: str | None


def app(record: Callable[[Opening], None], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The image and nothing else. ``record`` runs in another thread, nobody waits for it; that it failed is logged."""
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    places = threading.BoundedSemaphore(MOST_WAITING)

    def keep(opening: Opening) -> None:
        try:
            record(opening)
        except Exception as error:
            logger.warning("an opening was not recorded: %s", type(error).__name__)
        finally:
            places.release()

    @application.exception_handler(HTTPException)
    async def nothing_here(_request: Request, _error: Exception) -> Response:
        return Response(status_code=404)

    @application.api_route("/o/{name}", methods=["GET", "HEAD"])
    async def image(name: str, request: Request) -> Response:
        found = NAME.fullmatch(name)
        if found is None or _target_length(request) > LONGEST_TARGET:
            raise HTTPException(404)
        opening = Opening(
            token_sha256=hashlib.sha256(found.group(1).encode()).hexdigest(),
            at=clock(),
            method=request.method,
            user_agent=printable(request.headers.get("user-agent", ""), 256),
            address=network(request.client.host if request.client else None),
        )
        if places.acquire(blocking=False):
            asyncio.get_running_loop().run_in_executor(None, keep, opening)
        return Response(GIF if request.method == "GET" else b"", headers=HEADERS)

    return application


def _target_length(request: Request) -> int:
    return len(request.scope.get("raw_path") or b"") + len(request.scope.get("query_string") or b"")


def printable(text: str, limit: int) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:limit])


def network(host: str | None) -> str | None:
    """The /24 or /48 that an address belongs to: enough to tell a scanner from an office, too little for a person."""
    try:
        # A zone (fe80::1%eth0) is the name of our own interface.
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


class Server:
    """uvicorn in its own thread. ``start`` returns when it answers; both methods may be called once."""

    def __init__(self, application: FastAPI, host: str, port: int) -> None:
        config = uvicorn.Config(
            application,
            access_log=False,
            log_config=None,
            log_level="warning",
            lifespan="off",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=5,
        )
        self._host, self._port = host, port
        self._server = uvicorn.Server(config)
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="tracker", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on, also when 0 was asked for."""
        if self._socket is None:
            raise RuntimeError("the server does not run")
        port: int = self._socket.getsockname()[1]
        return port

    def start(self, timeout: float = 10) -> None:
        """Raises OSError when the address cannot be had."""
        self._socket = _listen(self._host, self._port)
        self._thread.start()
        deadline = time.monotonic() + timeout
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise OSError(f"the tracker does not answer on {self._host}:{self._port}")
            time.sleep(0.005)

    def stop(self, timeout: float = 10) -> None:
        """Requests that are under way are finished."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._socket is not None:
            self._socket.close()

    def _run(self) -> None:
        if self._socket is not None:
            self._server.run(sockets=[self._socket])


def serve(application: FastAPI, host: str, port: int) -> Server:
    """A server that has been started. Raises OSError when the address cannot be had."""
    server = Server(application, host, port)
    server.start()
    return server


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # Without the protocol asyncio does not set TCP_NODELAY on accepted connections: 45 ms per request.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(512)
    except OSError:
        listening.close()
        raise
    return listening
