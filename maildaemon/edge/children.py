"""The pool of reading children: warm, limited, replaced when they die or have served long enough."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import msgspec

from maildaemon.desk import Later, ReadFailure
from maildaemon.edge import frames, ocr
from maildaemon.edge.child import Limits
from maildaemon.edge.forking import Forked, ForkServer
from maildaemon.edge.playbooks import Bundle
from maildaemon.model import Reading

SERVED = 2000
DIED = "the reader died on it"
ATTEMPTS = 4
Answer = Reading | ReadFailure | Later
"""How many readers may die on one mail before it is given up: each may take the whole of its time."""


class ChildDied(Exception):  # noqa: N818
    """The child ended or had to be killed. ``str()`` says why; ``attempt`` names the reader that it was in, if any."""

    def __init__(self, why: str, attempt: str = "") -> None:
        super().__init__(why)
        self.attempt = attempt


class Child:
    """One reading process. Used by one thread at a time."""

    def __init__(self, server: ForkServer, limits: Limits) -> None:
        self.limits = limits
        self.served = 0
        self.process = server.fork()

    def read(self, requests: Sequence[bytes]) -> list[bytes]:
        """One answer per request. Raises ChildDied, the child being gone then, when not all came in time."""
        self.served += len(requests)
        slowly = any(request[:1] == b"O" for request in requests)
        return self.ask(requests, self.limits.wall_seconds + ocr.ALL_SECONDS * ocr.PATIENCE * slowly)

    def ask(self, requests: Sequence[bytes], seconds: float) -> list[bytes]:
        """One answer per request. Raises ChildDied, the child being gone then, when not all came in time."""
        stdin, stdout = self.process.stdin, self.process.stdout
        late = threading.Event()

        def kill() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        attempt = ""
        try:
            answers = []
            for request in requests:
                frames.write(stdin, request)
                while (answer := frames.read(stdout))[:1] == b"~":
                    attempt = answer[1:].decode("ascii", "replace")
                answers.append(answer)
            return answers
        except (frames.FrameError, OSError) as error:
            self.kill()
            why = f"no answer in {seconds:.0f} seconds" if late.is_set() else _why(self.process)
            raise ChildDied(why, attempt) from error
        finally:
            timer.cancel()

    def kill(self) -> None:
        """With whatever it has started. Its process id is nobody else's until its end has been asked for."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def close(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # what was not written yet is for nobody any more
                stream.close()


class ChildReader:
    """Implements maildaemon.desk.Reader. A batch is cut into jobs for the children; a job that fails is tried again
    mail by mail, so that a mail costs no other mail its reading. A reader that dies on a document of a mail costs that
    document alone: the mail is read again without that reader on that document, by the next one in the chain or by
    none, and then the document is one that could not be read. A mail with scans leaves its job: a machine reads them by
    and by, a mail at a time, and always one child is left for the others (where there are several)."""

    def __init__(self, bundle: Bundle, *, children: int = 2, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.server = ForkServer(bundle, self.limits)
        self.count = children
        self.idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()
        self.threads = ThreadPoolExecutor(children, thread_name_prefix="reader")
        self.slow = ThreadPoolExecutor(max(1, children - 1), thread_name_prefix="slow-reader")
        self.decoder = msgspec.json.Decoder(Reading)
        self.closed = False
        self.at_scans: set[Child] = set()
        for _ in range(children):
            self.idle.put(None)
            self.threads.submit(self._warm)

    def read(self, raws: Sequence[bytes]) -> list[Reading | ReadFailure]:
        return _waited(self.begin(raws)())

    def begin(self, raws: Sequence[bytes]) -> Callable[[], list[Answer]]:
        return self._all([b"M" + raw for raw in raws])

    def read_files(self, files: Sequence[tuple[str, bytes]]) -> list[Reading | ReadFailure]:
        """Mails and bare documents, by name and content."""
        requests = [b"F" + name.replace("\0", "").encode("utf-8", "replace") + b"\0" + data for name, data in files]
        return _waited(self._all(requests)())

    def _all(self, requests: list[bytes]) -> Callable[[], list[Answer]]:
        jobs = [self.threads.submit(self._job, job) for job in _jobs(requests, self.count)]
        return lambda: [answer for job in jobs for answer in job.result()]

    def _job(self, raws: list[bytes]) -> list[Answer]:
        """Answers that are there, and such as wait for the machine that reads scans."""
        if not raws:
            return []
        try:
            return [self._told(raw, answer) for raw, answer in zip(raws, self._ask(raws), strict=True)]
        except ChildDied as error:
            if len(raws) == 1:
                return [self._without(raws[0], error)]
        return [answer for raw in raws for answer in self._job([raw])]

    def _told(self, request: bytes, answer: bytes) -> Answer:
        found = self._decoded(answer)
        if answer[:1] != b"=" or self.closed:
            return found
        reading = self.slow.submit(self._slowly, request, found)
        return Later(
            reading.done,
            lambda seconds: bool(wait([reading], seconds).done),
            lambda: found if reading.cancelled() else reading.result(),
            lambda woken: reading.add_done_callback(lambda _: woken()),
        )

    def _slowly(self, request: bytes, found: Reading | ReadFailure) -> Reading | ReadFailure:
        """With the scans read; without them when that ends the child, or when there can be no other."""
        try:
            (answer,) = self._ask([b"O" + request])
        except (ChildDied, OSError):
            return found
        return self._decoded(answer)

    def _without(self, raw: bytes, error: ChildDied) -> Answer:
        """Once more, without what ended the child, as often as it is another reader or another document."""
        died: list[str] = []
        while error.attempt and error.attempt not in died and len(died) < ATTEMPTS:
            died.append(error.attempt)
            request = b"W" + ",".join(died).encode("ascii") + b"\0" + raw
            try:
                (answer,) = self._ask([request])
                return self._told(request, answer)
            except ChildDied as again:
                error = again
        return ReadFailure(f"{DIED}: {error}", retry=True)

    def _warm(self) -> None:
        """A child that is there before its first mail is. One that cannot be had now is tried for again with that."""
        child = self.idle.get()
        with contextlib.suppress(OSError):
            child = child or Child(self.server, self.limits)
        self.idle.put(child)

    def _ask(self, raws: list[bytes]) -> list[bytes]:
        child = self.idle.get()
        try:
            if child is None or child.process.poll() is not None:
                if child is not None:
                    child.close()
                child = None
                child = Child(self.server, self.limits)
            if raws[0][:1] == b"O":
                self.at_scans.add(child)
                if self.closed:
                    raise ChildDied("the program ends")
            answers = child.read(raws)
        except BaseException:
            if child is not None:
                child.close()
            self.idle.put(None)
            raise
        finally:
            if child is not None:
                self.at_scans.discard(child)
        if child.served >= SERVED or self.closed:
            child.close()
            self.idle.put(None)
        else:
            self.idle.put(child)
        return answers

    def _decoded(self, answer: bytes) -> Reading | ReadFailure:
        mark, body = answer[:1], answer[1:]
        if mark in {b"+", b"="}:
            try:
                return self.decoder.decode(body)
            except (msgspec.MsgspecError, ValueError) as error:
                return ReadFailure(f"the reader's answer makes no sense: {error}", retry=True)
        return ReadFailure(body.decode("utf-8", "replace"), retry=mark != b"!")

    def close(self) -> None:
        self.closed = True
        self.threads.shutdown(wait=True)
        self.slow.shutdown(wait=False, cancel_futures=True)
        for busy in tuple(self.at_scans):
            busy.kill()  # a scan takes minutes at worst, and whoever stops the program does not wait for it
        self.slow.shutdown(wait=True)
        for _ in range(self.count):
            with contextlib.suppress(queue.Empty):
                child = self.idle.get(timeout=self.limits.wall_seconds)
                if child is not None:
                    child.close()
        self.server.close()


def _waited(answers: Sequence[Answer]) -> list[Reading | ReadFailure]:
    return [answer.result() if isinstance(answer, Later) else answer for answer in answers]


def _jobs(raws: list[bytes], children: int) -> list[list[bytes]]:
    """Equal shares, so that no child waits for another; at most ten mails in one, so that a death costs little."""
    size = max(1, min(10, -(-len(raws) // children)))
    return [raws[start : start + size] for start in range(0, len(raws), size)]


def _why(process: Forked) -> str:
    code = process.poll()
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    return "it ended"
