"""An SMTP server that keeps what it is sent, in this process: the demo's own sink."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from maildaemon.demo.servers import SmtpSink


@contextlib.contextmanager
def smtp_sink(folder: Path | None = None) -> Iterator[SmtpSink]:
    """``.port`` and ``.messages``."""
    with SmtpSink(folder) as sink:
        yield sink
