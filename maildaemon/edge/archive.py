"""The archive: messages in doubt are looked for among the blind copies."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from maildaemon import log
from maildaemon.desk import Mailbox, MailboxError, Outgoing
from maildaemon.doubt import Step, step
from maildaemon.edge.loop import Loop
from maildaemon.edge.outbox import SqlOutbox

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
FOUND = "found in the archive"


class Archive(Loop):
    """Settles doubts in a thread of its own. ``mailbox`` None: there is no archive, and nothing can be found. ``done``
    is called when a message has reached an end, ``ready`` when one is to be sent again."""

    def __init__(
        self,
        outbox: SqlOutbox,
        mailbox: Mailbox | None,
        folder: str,
        policy: Literal["park", "resend"],
        *,
        done: Callable[[], None] = lambda: None,
        ready: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.outbox, self.mailbox, self.folder, self.policy = outbox, mailbox, folder, policy
        self.done, self.ready, self.clock = done, ready, clock
        super().__init__("archive")

    def settle(self) -> int:
        """Look for each message in doubt once; returns how many are left to be looked for."""
        doubts = self.outbox.doubts()
        if not doubts:
            return 0
        left = 0
        reachable = self._reached()
        for message, term, how in doubts:
            if self.stopping.is_set():
                return len(doubts)
            found = self._find(message) if reachable else None
            reachable = reachable and found is not None
            if self.mailbox is None:
                found = False  # there is nowhere to look, and whoever wants it sent again knows that
            follows = step(found, self.clock(), term, policy=self.policy, sendings=message.attempts)
            left += follows is Step.WAIT
            self._take(follows, message, how)
        if self.mailbox is not None:
            self.mailbox.close()
        return left

    def _take(self, follows: Step, message: Outgoing, how: str) -> None:
        now = self.clock()
        if follows is Step.SETTLE:
            self.outbox.settle(message, FOUND, now)
        elif follows is Step.PARK:
            self.outbox.park(message, how, now)
        elif follows is Step.RESEND:
            self.outbox.send_again(message, now)
        if follows is not Step.WAIT:
            log.doubt(message.mail_id, message.message_id, follows, FOUND if follows is Step.SETTLE else how)
            (self.ready if follows is Step.RESEND else self.done)()

    def _reached(self) -> bool:
        if self.mailbox is None:
            return False
        try:
            self.mailbox.connect()
            if self.down is not None:
                self.down = None
                log.server_up("archive")
        except MailboxError as error:
            self._is_down(error)
            return False
        return True

    def _find(self, message: Outgoing) -> bool | None:
        if self.mailbox is None:
            return None
        try:
            return bool(self.mailbox.find(self.folder, message.message_id))
        except MailboxError as error:
            self._is_down(error)
            return None

    def _is_down(self, error: MailboxError) -> None:
        if self.down is None:
            log.server_down("archive", str(error))
        self.down = str(error)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            self.heartbeat = time.monotonic()
            try:
                left = self.settle()
            except Exception as error:
                # The ledger cannot be read or written: the doubts stay what they are.
                log.trouble("archive", f"{type(error).__name__}: {error}")
                left = 1
            # A copy takes its time to arrive, and the term is long: more and more seldom.
            fresh = self.work.wait(pause if left else LONGEST_PAUSE)
            self.work.clear()
            pause = FIRST_PAUSE if fresh or not left else min(pause * 2, LONGEST_PAUSE)
        if self.mailbox is not None:
            self.mailbox.close()
