"""The worker: the thread that runs one mailbox's story whenever it is woken."""

import threading
import time
from collections.abc import Callable

from maildaemon import log
from maildaemon.backoff import Backoff
from maildaemon.desk import LoginRefused, MailboxError
from maildaemon.edge.loop import Loop
from maildaemon.pipeline import Story

REFUSED_PAUSE = 300.0
LONGEST_SLEEP = 60.0


class Worker(Loop):
    """Woken by the scheduler's poll, by the IDLE watcher, and by the sender when answers are out. A server that is down
    is said once and tried again for ever."""

    def __init__(self, story: Story, folders: tuple[str, ...], backoff: Backoff) -> None:
        super().__init__(f"mailbox-{story.house.mailbox}")
        self.story, self.folders, self.backoff = story, folders, backoff
        story.stopping = self.stopping.is_set
        story.alive = story.file.alive = story.slowly.alive = self._beat
        story.slowly.woken = self.wake
        self.first = threading.Event()
        self.look = True
        self.connected = False

    def wake(self) -> None:
        """There may be new mail: a whole round."""
        self.look = True
        self.work.set()

    def answered(self) -> None:
        """Answers are out: their mails can be filed."""
        self.work.set()

    def once(self) -> None:
        """One round in this thread. Raises MailboxError."""
        if not self.connected:
            self.story.mailbox.connect()
            self.connected = True
            for folder in self.folders:
                if self.story.mailbox.ensure_folder(folder):
                    log.state("folder-made", mailbox=self.story.house.mailbox, folder=folder)
        self.story.round()

    def close(self) -> None:
        self.connected = False
        self.story.mailbox.close()

    def _beat(self) -> None:
        self.heartbeat = time.monotonic()

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._beat()
            look, self.look = self.look, False
            pause = self._guarded(self.once if look or not self.connected else self.story.file)
            if pause:
                self.look = True
                self.stopping.wait(pause)
                continue
            self.first.set()
            # The scheduler goes by the clock, which may be put back: then nobody else wakes us.
            self.look = not self.work.wait(LONGEST_SLEEP) or self.look
            self.work.clear()
        self.close()

    def _guarded(self, run: Callable[[], None]) -> float:
        """0 when all went well, else how long to wait before the next try."""
        name = f"imap {self.story.house.mailbox}"
        try:
            run()
        except MailboxError as error:
            self.close()
            if self.down is None:
                log.server_down(name, str(error))
            self.down = str(error)
            pause = self.backoff.next()
            return max(pause, REFUSED_PAUSE) if isinstance(error, LoginRefused) else pause
        except Exception as error:
            # The ledger cannot be written, or an error of ours: nothing is lost, the round begins anew.
            self.close()
            log.trouble(name, f"{type(error).__name__}: {error}")
            return self.backoff.next()
        if self.down is not None:
            self.down = None
            log.server_up(name)
        self.backoff.reset()
        return 0.0
