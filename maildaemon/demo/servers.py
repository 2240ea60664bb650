"""Embedded servers on loopback, each in a daemon thread: an IMAP server (pymap) and an SMTP sink (aiosmtpd)."""

import asyncio
import re
import secrets
import threading
import time
from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

HOST = "127.0.0.1"


class DemoMissing(Exception):  # noqa: N818  (says what is the matter, in one line)
    """The embedded servers are not installed."""

    def __init__(self) -> None:
        super().__init__("the embedded servers are missing: pip install 'maildaemon[demo]'")


@dataclass(frozen=True, slots=True)
class Account:
    """How to log in to an IMAP server; the password is made for one run."""

    host: str
    port: int
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message that the SMTP sink accepted. ``at`` is CLOCK_MONOTONIC in seconds, the same for every process."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: float
    path: Path | None = None


class Server(ABC):
    """A server on its own event loop in its own daemon thread, from entering to leaving the ``with``."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name=type(self).__name__)
        self._server: asyncio.Server | None = None
        self._stack = AsyncExitStack()

    @abstractmethod
    async def _listen(self) -> asyncio.Server: ...

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the server does not run")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._server = self._call(self._listen())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._stack.aclose()
        await asyncio.get_running_loop().shutdown_default_executor()


class ImapServer(Server):
    """pymap with an empty mailbox in memory, for one account. Raises DemoMissing when it is not installed."""

    def __init__(self, user: str = "orders") -> None:
        super().__init__()
        self._user, self._password = user, secrets.token_urlsafe(12)

    @property
    def account(self) -> Account:
        return Account(HOST, self.port, self._user, self._password)

    async def _listen(self) -> asyncio.Server:
        try:
            from proxyprotocol.reader import ProxyProtocolReader
            from pymap.backend.dict import DictBackend, Identity
            from pymap.imap import IMAPServer
            from pymap.user import Passwords, UserMetadata
        except ImportError:
            raise DemoMissing from None
        # What pymap's own command line would hand over: it knows no other door.
        arguments = Namespace(
            debug=False, host=[HOST], port="0", cert=None, key=None, tls=False, proxy_protocol=None,
            inherited_sockets=None, passlib_cfg=None, demo_data=False, demo_user="nobody",
            demo_password=secrets.token_urlsafe(12), skip_services=[], insecure_login=True,
        )  # fmt: skip
        backend, config = await DictBackend.init(arguments)
        config.apply_context()
        await backend.start(self._stack)
        digest = await Passwords(config).hash_password(self._password)
        identity = Identity(self._user, backend.login, None, frozenset({"admin"}))
        await identity.set(UserMetadata(config, self._user, password=digest))
        connected = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        return await asyncio.start_server(connected, HOST, 0)


class _Envelope(Protocol):
    """What aiosmtpd tells of a message: MAIL FROM, RCPT TO, and the bytes after DATA, dots unstuffed."""

    mail_from: str | None
    rcpt_tos: list[str]
    content: bytes | None


class SmtpSink(Server):
    """An SMTP server that accepts everything and delivers nothing. Each is kept and written to ``folder`` as
    an ``.eml`` file, so that a person can read it. Raises DemoMissing when aiosmtpd is not installed.
    """

    def __init__(self, folder: Path | None = None, heard: Callable[[Delivered], None] | None = None) -> None:
        super().__init__()
        self._folder, self._heard = folder, heard
        self._lock = threading.Lock()
        self._kept: list[Delivered] = []

    @property
    def messages(self) -> tuple[Delivered, ...]:
        with self._lock:
            return tuple(self._kept)

    async def _listen(self) -> asyncio.Server:
        try:
            from aiosmtpd.smtp import SMTP
        except ImportError:
            raise DemoMissing from None
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, hostname="sink", enable_SMTPUTF8=True), HOST, 0)

    async def handle_DATA(self, server: object, session: object, envelope: _Envelope) -> str:  # noqa: ARG002, N802
        """Called by aiosmtpd once per message, on the server's thread."""
        at, raw = time.monotonic(), envelope.content or b""
        recipients = tuple(envelope.rcpt_tos)
        with self._lock:
            number = len(self._kept) + 1
            path = self._folder and self._folder / file_name(number, recipients)
            message = Delivered(envelope.mail_from or "", recipients, raw, at, path)
            self._kept.append(message)
        if path is not None:
            path.write_bytes(raw)
        if self._heard is not None:
            self._heard(message)
        return "250 2.0.0 kept"


def file_name(number: int, recipients: tuple[str, ...]) -> str:
    """An address comes from a mail, so only harmless characters of it get into a file's name."""
    harmless = re.sub(r"[^A-Za-z0-9@._-]", "_", (recipients or ("nobody",))[0][:80])
    return f"{number:03}-to-{harmless}.eml"
