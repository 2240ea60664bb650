"""A web server in a thread of its own that strangers cannot make hold more than a few descriptors."""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from maildaemon import log

AT_ONCE = 8
"""Connections that asyncio accepts in one turn. It looks at them some turns later, and accepts as many in each."""
QUEUE = 512
"""Connections that wait in the kernel, where they cost us no descriptor."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """``connections`` at most are open; beyond, the one that has been silent longest gives way. ``request_seconds``
    for a whole request, counted from the connection's begin or the last answer, however slowly it comes;
    ``idle_seconds`` between an answer and the first byte of the next request."""

    connections: int = 100
    request_seconds: float = 10.0
    idle_seconds: int = 5


class Connection(H11Protocol):
    """A connection that nobody can keep without asking for something."""

    def __init__(self, bounds: Bounds, **given: Any) -> None:
        super().__init__(**given)
        self.bounds = bounds
        self.waits_since = 0.0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.bounds.connections:
            # Not the newest one: whoever opens many would keep everybody else out.
            self._longest_waiting().give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait()

    def give_up(self) -> None:
        # close() would wait for a client that takes no answer.
        self.connections.discard(self)
        self.transport.abort()

    def _wait(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self.waits_since = self.loop.time()
        self._late = self.loop.call_later(self.bounds.request_seconds, self.give_up)

    def _longest_waiting(self) -> "Connection":
        found = min(self.connections, key=lambda one: getattr(one, "waits_since", 0.0))
        return found if isinstance(found, Connection) else self


class Server:
    """uvicorn in its own thread. ``start`` returns when it answers; both methods may be called once."""

    def __init__(self, application: Any, host: str, port: int, bounds: Bounds | None = None) -> None:
        bounds = bounds or Bounds()
        connection: Any = partial(Connection, bounds)
        config = uvicorn.Config(
            application,
            http=connection,
            ws="none",
            loop="asyncio",
            access_log=False,
            log_config=None,
            log_level="error",  # what strangers send wrongly is not worth a line each
            lifespan="off",
            server_header=False,
            date_header=False,
            backlog=AT_ONCE,
            # Beyond what can be open: requests, then, that are not answered as fast as they come.
            limit_concurrency=2 * bounds.connections,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=bounds.idle_seconds,
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

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.server_state.connections)

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
        # asyncio has made the kernel's queue as short as what it accepts at once.
        self._socket.listen(QUEUE)

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


def serve(application: Any, host: str, port: int, bounds: Bounds | None = None) -> Server:
    """A server that has been started. Raises OSError when the address cannot be had."""
    server = Server(application, host, port, bounds)
    server.start()
    return server


class Kept:
    """A server that is there as soon as its address can be had: at once, or when a later attempt succeeds. The log says
    when it is not there, and when it is again. ``stop`` may be called once."""

    def __init__(self, application: Any, host: str, port: int, *, again_seconds: float = 30) -> None:
        self._application, self._host, self._port = application, host, port
        self._name = f"tracker {host}:{port}"
        self._again = again_seconds
        self._over = threading.Event()
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._try_again, name="tracker-start", daemon=True)
        try:
            self._server = serve(application, host, port)
        except OSError as error:
            log.server_down(self._name, error.strerror or str(error))
            self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._server is not None:
            self._server.stop()

    def _try_again(self) -> None:
        while not self._over.wait(self._again):
            try:
                self._server = serve(self._application, self._host, self._port)
            except OSError:
                continue
            log.server_up(self._name)
            return


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # Without the protocol asyncio does not set TCP_NODELAY on accepted connections: 45 ms per request.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(QUEUE)
    except OSError:
        listening.close()
        raise
    return listening
