"""The sender: the thread through which every message to a client leaves."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from maildaemon import log
from maildaemon.desk import Outgoing, OutgoingState, SendResult, Transport
from maildaemon.door import Refusal
from maildaemon.edge.loop import Loop
from maildaemon.edge.outbox import Outdated, SqlOutbox

PAUSE = 5.0
LEFT_ALONE = timedelta(seconds=60)
TROUBLE_PAUSE = 15.0
SLOW = 0.05
"""Seconds after which a server is slow: what is known of a message is then written down at once."""
GIVE_UP = 2
"""After so many temporary refusals in a row the server is left alone until the next round."""


class Sender(Loop):
    """Drains the outbox through one SMTP connection. ``door`` says why a message must not leave, or None; ``passed`` is
    told of each that goes out, before its final dot. ``done`` is called when messages have reached an end, so that
    their mails can be filed, ``doubtful`` when one came into doubt."""

    def __init__(
        self,
        outbox: SqlOutbox,
        transport: Transport,
        door: Callable[[Outgoing], Refusal | None],
        done: Callable[[], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        passed: Callable[[Outgoing], None] = lambda message: None,  # noqa: ARG005
        doubtful: Callable[[], None] = lambda: None,
    ) -> None:
        self.outbox, self.transport, self.door, self.done, self.clock = outbox, transport, door, done, clock
        self.passed, self.doubtful = passed, doubtful
        super().__init__("sender")

    def drain(self) -> int:
        """Send what is due, once; returns how many messages were tried."""
        tried = 0
        while not self.stopping.is_set():
            messages = self.outbox.claim(self.clock())
            if not messages:
                break
            refused = 0
            for place, message in enumerate(messages):
                self.heartbeat = time.monotonic()
                if self.stopping.is_set() or refused >= GIVE_UP:
                    later = timedelta(0) if self.stopping.is_set() else LEFT_ALONE
                    self.outbox.put_back(messages[place:], self.clock() + later)
                    break
                refused = refused + 1 if self._one(message) is OutgoingState.READY else 0
                tried += 1
                if time.monotonic() - self.heartbeat > SLOW:
                    # The next message would take as long to reach its commit, which this result waits for.
                    self.outbox.flush(self.clock())
            self.outbox.flush(self.clock())
        if tried:
            self.done()
        return tried

    def _one(self, message: Outgoing) -> OutgoingState:
        refused = self.door(message)
        if refused is not None:
            return self._refused(message, refused)
        try:
            result = self.transport.send(message, lambda: self._committing(message))
        except Outdated as late:
            return self._refused(message, Refusal(str(late)))
        self._keep(message, result)
        self._tell(message, result)
        return result.state

    def _refused(self, message: Outgoing, refused: Refusal) -> OutgoingState:
        if refused.until is None:
            log.held_back(message.mail_id, message.message_id, refused.reason)
            self.outbox.hold(message, refused.reason, self.clock())
            return OutgoingState.DRAFT
        if self.outbox.wait(message, refused.reason, refused.until, self.clock()):
            log.held(message.mail_id, message.message_id, refused.reason, refused.until)
        return OutgoingState.HELD

    def _committing(self, message: Outgoing) -> None:
        self.outbox.committing(message.id, self.clock())
        self.passed(message)

    def _keep(self, message: Outgoing, result: SendResult) -> None:
        self.outbox.result(message, result)
        if result.state is not OutgoingState.SENT:
            self.outbox.flush(self.clock())
        if result.state is OutgoingState.IN_DOUBT:
            self.doubtful()

    def _tell(self, message: Outgoing, result: SendResult) -> None:
        """A server that is down is said once, not with every message."""
        if result.uncopied is not None:
            log.uncopied(message.mail_id, message.message_id, result.uncopied)
        if result.state is OutgoingState.SENT:
            log.sent(message.mail_id, message.message_id, message.recipient)
            if self.down is not None:
                self.down = None
                log.server_up("smtp")
        elif result.state is OutgoingState.READY:
            if self.down is None:
                log.server_down("smtp", result.response)
            self.down = result.response
        else:
            log.not_sent(message.mail_id, message.message_id, result.state, result.response)

    def _run(self) -> None:
        trouble = False
        while not self.stopping.is_set():
            self.heartbeat = time.monotonic()
            try:
                if trouble and self.outbox.recover(self.clock()):
                    self.doubtful()
                self.drain()
                pause, trouble = PAUSE, False
            except Exception as error:
                # The ledger cannot be written (a full disk, a lock): nothing is sent that is not written down.
                log.trouble("sender", f"{type(error).__name__}: {error}")
                pause, trouble = TROUBLE_PAUSE, True
            self.work.wait(pause)
            self.work.clear()
        self.transport.close()
