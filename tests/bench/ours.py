"""The daemon as a candidate: ``python -m tests.bench.ours CONFIG``."""

import logging
import sys
from pathlib import Path

from maildaemon import settings
from maildaemon.daemon import Daemon
from tests.bench.worker import serve


class Ours:
    def __init__(self, config: Path) -> None:
        self._settings = settings.parse(config.read_text(), str(config))
        self._daemon: Daemon | None = None

    def start(self) -> None:
        self._daemon = Daemon(self._settings, None)
        self._daemon.start()
        if not self._daemon.contacted(20):
            raise SystemExit("the daemon did not reach the mailbox")

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None


if __name__ == "__main__":
    logging.basicConfig(filename=sys.argv[1] + ".log", level=logging.INFO)
    serve(Ours(Path(sys.argv[1])))
