"""The SMTP sink in its own process: prints a JSON line for each message it accepts, and ends when its input ends."""

import json
import re
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

from maildaemon.demo.servers import Delivered, SmtpSink

IN_REPLY_TO = re.compile(rb"^In-Reply-To:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


def main() -> None:
    def heard(message: Delivered) -> None:
        found = IN_REPLY_TO.search(message.raw.partition(b"\r\n\r\n")[0])
        print(json.dumps([message.at, found[1].decode() if found else None]), flush=True)

    with SmtpSink(heard=heard) as sink:
        print(json.dumps(sink.port), flush=True)
        sys.stdin.read()


class Sink:
    """The process, and what it has accepted so far: Message-ID answered → when, on the clock of all processes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port: int = json.loads(self._read())
        self._changed = threading.Condition()
        self._accepted: list[tuple[float, str | None]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _listen(self) -> None:
        while text := self._read():
            at, answered = json.loads(text)
            with self._changed:
                self._accepted.append((at, answered))
                self._changed.notify_all()

    def wait(self, wanted: set[str], seconds: float) -> dict[str, float]:
        """When each of the wanted mails was answered, as soon as all are, or after so many seconds: those that were.

        A mail that was answered twice is an error: a figure that counts repeats is worth nothing.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._accepted) >= len(wanted) and wanted <= {mail for _, mail in self._accepted},
                deadline - time.monotonic(),
            )
            answers = [(mail, at) for at, mail in self._accepted if mail in wanted]
        if len(dict(answers)) < len(answers):
            raise RuntimeError("a mail was answered twice")
        return {mail: at for mail, at in answers if mail is not None}

    def forget(self) -> None:
        with self._changed:
            self._accepted.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._process.wait(10)
        self._thread.join(5)


if __name__ == "__main__":
    main()
