"""The campaign's SMTP sinks: one port per episode, on one event loop for all."""

import asyncio
import contextlib
import smtplib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
Hook = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """A message that was answered with 250, or would have been had the other end lived. ``recipients`` without the
    archive's."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class Sink:
    """One episode's server. ``hook`` is called with a moment (``rcpt``, ``received``, ``kept``) before the answer to it
    is given; ``received`` is before the message is kept, and it is kept only if the hook does not raise."""

    def __init__(self, archive: Callable[[str, bytes], None]) -> None:
        self.messages: list[Kept] = []
        self.hook: Hook = lambda moment: None
        self.port = 0
        self._archive = archive
        self._threads = ThreadPoolExecutor(2)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        try:
            await self._moment("rcpt")
        except Refused as refused:
            return str(refused)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient"

    async def handle_DATA(self, server, session, envelope) -> str:
        try:
            await self._moment("received")
        except Refused as refused:
            return str(refused)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._keep, envelope)
        await self._moment("kept")
        return "250 2.0.0 kept"

    async def _moment(self, moment: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self.hook, moment)

    def _keep(self, envelope) -> None:
        raw = envelope.content or b""
        copies = [address for address in envelope.rcpt_tos if address.startswith("archive-")]
        # The copy first: a server that has said 250 has both.
        for address in copies:
            self._archive(address, raw)
        others = tuple(address for address in envelope.rcpt_tos if address not in copies)
        self.messages.append(Kept(envelope.mail_from or "", others, raw))

    def close(self) -> None:
        self._threads.shutdown(wait=True)


class Refused(Exception):
    """Raised by a hook at ``rcpt`` or ``received``: ``str()`` is the answer, and nothing is kept."""


class Sinks:
    """The event loop that all sinks share, in a thread of its own."""

    def __init__(self, lmtp_port: int) -> None:
        self._lmtp_port = lmtp_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sinks", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def sink(self) -> Iterator[Sink]:
        sink = Sink(self._deliver)
        server = self._call(self._listen(sink))
        sink.port = server.sockets[0].getsockname()[1]
        try:
            yield sink
        finally:
            self._call(self._closed(server))
            sink.close()

    def close(self) -> None:
        self._call(self._cancelled())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self, sink: Sink) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: SMTP(sink, hostname="sink"), HOST, 0)

    async def _closed(self, server: asyncio.Server) -> None:
        server.close()

    async def _cancelled(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _deliver(self, address: str, raw: bytes) -> None:
        with smtplib.LMTP(HOST, self._lmtp_port, timeout=20) as lmtp:
            lmtp.sendmail("", [f"{address.partition('@')[0]}@maildaemon.test"], raw)
