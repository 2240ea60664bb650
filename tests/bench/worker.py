"""A candidate in its own process: told by lines of text to start and to stop, so that imports cost nobody anything."""

import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self


class Candidate(Protocol):
    def start(self) -> None:
        """Begin to work; comes back when the mailbox has been looked at once."""

    def stop(self) -> None: ...


def serve(candidate: Candidate) -> None:
    """The child's side: ``ready``, then ``ok`` after each command."""
    print("ready", flush=True)
    for command in sys.stdin:
        if command == "start\n":
            candidate.start()
        else:
            candidate.stop()
        print("ok", flush=True)


class Worker:
    """The parent's side of a candidate."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._expect("ready")

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        if answer != word:
            raise RuntimeError(f"the candidate said {answer!r} instead of {word!r}")

    def say(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def start(self, now: Callable[[], float]) -> float:
        """Let it begin, without waiting; says when that was."""
        at = now()
        self.say("start")
        return at

    def started(self) -> None:
        self._expect("ok")

    def stop(self) -> None:
        self.say("stop")
        self._expect("ok")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._process.communicate()
        else:
            self._process.kill()
        self._process.wait(30)
