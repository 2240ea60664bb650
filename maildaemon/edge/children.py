"""The pool of reading children: warm, limited, replaced when they die or have served long enough."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec

from maildaemon.desk import ReadFailure
from maildaemon.edge import frames
from maildaemon.edge.playbooks import Bundle
from maildaemon.model import Reading

START_SECONDS = 60.0
SERVED = 2000
DIED = "the reader died on it"
ATTEMPTS = 4
"""How many readers may die on one mail before it is given up: each may take the whole of its time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Per mail: CPU and wall-clock seconds; per child: bytes of address space."""

    cpu_seconds: int = 20
    wall_seconds: float = 30
    memory: int = 2**30


class ChildDied(Exception):  # noqa: N818
    """The child ended or had to be killed. ``str()`` says why; ``attempt`` names the reader that it was in, if any."""

    def __init__(self, why: str, attempt: str = "") -> None:
        super().__init__(why)
        self.attempt = attempt


class Child:
    """One reading process. Used by one thread at a time. It starts beside the daemon: ``ask`` waits for it at first."""

    def __init__(self, bundle: Bundle, limits: Limits) -> None:
        self.limits = limits
        self.served = 0
        self.started = False
        keep = {key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV") if key in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "maildaemon.edge.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**keep, "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"},
            bufsize=1 << 16,
        )
        wanted = {"memory": limits.memory, "cpu": limits.cpu_seconds}
        self.hello = json.dumps({**wanted, "parsers": dict(bundle.parsers), "rules": dict(bundle.rules)}).encode()

    def read(self, requests: Sequence[bytes]) -> list[bytes]:
        """One answer per request. Raises ChildDied, the child being gone then, when not all came in time."""
        if not self.started:
            self.ask([self.hello], START_SECONDS)
            self.started = True
        self.served += len(requests)
        return self.ask(requests, self.limits.wall_seconds)

    def ask(self, requests: Sequence[bytes], seconds: float) -> list[bytes]:
        """One answer per request. Raises ChildDied, the child being gone then, when not all came in time."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None  # noqa: S101
        assert stdout is not None  # noqa: S101
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
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def close(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not written yet is for nobody any more
                    stream.close()


class ChildReader:
    """Implements maildaemon.desk.Reader. A batch is cut into jobs for the children; a job that fails is tried again
    mail by mail, so that a mail costs no other mail its reading. A reader that dies on a document of a mail costs that
    document alone: the mail is read again without that reader on that document, by the next one in the chain or by
    none, and then the document is one that could not be read. A mail with scans leaves its job: a machine reads them by
    and by, a mail at a time, and always one child is left for the others (where there are several)."""

    def __init__(self, bundle: Bundle, *, children: int = 2, limits: Limits | None = None) -> None:
        self.bundle, self.limits = bundle, limits or Limits()
        self.count = children
        self.idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()
        self.threads = ThreadPoolExecutor(children, thread_name_prefix="reader")
        self.slow = ThreadPoolExecutor(max(1, children - 1), thread_name_prefix="slow-reader")
        self.decoder = msgspec.json.Decoder(Reading)
        self.closed = False
        for _ in range(children):
            self.idle.put(Child(bundle, self.limits))

    def read(self, raws: Sequence[bytes]) -> list[Reading | ReadFailure]:
        return self.begin(raws)()

    def begin(self, raws: Sequence[bytes]) -> Callable[[], list[Reading | ReadFailure]]:
        return self._all([b"M" + raw for raw in raws])

    def read_files(self, files: Sequence[tuple[str, bytes]]) -> list[Reading | ReadFailure]:
        """Mails and bare documents, by name and content."""
        requests = [b"F" + name.replace("\0", "").encode("utf-8", "replace") + b"\0" + data for name, data in files]
        return self._all(requests)()

    def _all(self, requests: list[bytes]) -> Callable[[], list[Reading | ReadFailure]]:
        jobs = [self.threads.submit(self._job, job) for job in _jobs(requests, self.count)]
        return lambda: [answer() for job in jobs for answer in job.result()]

    def _job(self, raws: list[bytes]) -> "list[Callable[[], Reading | ReadFailure]]":
        """Answers that are there, and such as wait for the machine that reads scans."""
        if not raws:
            return []
        try:
            return [self._told(raw, answer) for raw, answer in zip(raws, self._ask(raws), strict=True)]
        except ChildDied as error:
            if len(raws) == 1:
                return [self._without(raws[0], error)]
        return [answer for raw in raws for answer in self._job([raw])]

    def _told(self, request: bytes, answer: bytes) -> "Callable[[], Reading | ReadFailure]":
        found = self._decoded(answer)
        if answer[:1] == b"=" and not self.closed:
            return self.slow.submit(self._slowly, request, found).result
        return lambda: found

    def _slowly(self, request: bytes, found: Reading | ReadFailure) -> Reading | ReadFailure:
        """With the scans read; without them when that ends the child."""
        try:
            (answer,) = self._ask([b"O" + request])
        except ChildDied:
            return found
        return self._decoded(answer)

    def _without(self, raw: bytes, error: ChildDied) -> "Callable[[], Reading | ReadFailure]":
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
        failure = ReadFailure(f"{DIED}: {error}", retry=True)
        return lambda: failure

    def _ask(self, raws: list[bytes]) -> list[bytes]:
        child = self.idle.get()
        try:
            if child is None or child.process.poll() is not None:
                child = None
                child = Child(self.bundle, self.limits)
            answers = child.read(raws)
        except BaseException:
            if child is not None:
                child.close()
            self.idle.put(None)
            raise
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
        self.slow.shutdown(wait=True)
        for _ in range(self.count):
            with contextlib.suppress(queue.Empty):
                child = self.idle.get(timeout=self.limits.wall_seconds)
                if child is not None:
                    child.close()


def _jobs(raws: list[bytes], children: int) -> list[list[bytes]]:
    """Equal shares, so that no child waits for another; at most ten mails in one, so that a death costs little."""
    size = max(1, min(10, -(-len(raws) // children)))
    return [raws[start : start + size] for start in range(0, len(raws), size)]


def _why(process: "subprocess.Popen[bytes]") -> str:
    code = process.poll()
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    return "it ended"
