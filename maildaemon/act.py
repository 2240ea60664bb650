"""Filing: what is done is moved, in batches, after the answers; a note is laid beside what a person must look at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from maildaemon import log
from maildaemon.desk import Ledger, Mailbox, MailboxError, Move
from maildaemon.house import House
from maildaemon.model import Filing, Mail, Mode
from maildaemon.outcome import note
from maildaemon.plan import unreadable

PAUSE = timedelta(seconds=60)


@dataclass(slots=True)
class Filer:
    """The mailbox's clerk. Called again and again; what it does can be cut off anywhere and repeated."""

    house: House
    mailbox: Mailbox
    ledger: Ledger
    clock: Callable[[], datetime]
    not_before: datetime | None = None

    def __call__(self) -> None:
        """Move what is done, in batches, after the answers; the note is laid beside a reviewed mail first. A folder
        that refuses (over quota, say) must not keep the next orders from being answered: it is asked again later."""
        if self.house.mode is Mode.SHADOW:
            return  # also for what an earlier run in another mode has left: shadow mode moves nothing
        if self.not_before is not None and self.clock() < self.not_before:
            return
        self.not_before = None
        try:
            while self._some():
                pass
        except MailboxError as error:
            log.not_filed(self.house.mailbox, str(error))
            self.not_before = self.clock() + PAUSE
            self.mailbox.close()
            self.mailbox.connect()

    def _some(self) -> bool:
        """One batch; True when there may be more to do."""
        moves = self.ledger.moves(self.house.mailbox)
        done = [move for move in moves if self.house.targets.get(move.filing) is None]
        self.ledger.moved(done, self.clock())
        left = sorted((move for move in moves if move not in done), key=_shelf)
        filed = 0
        for (folder, uidvalidity, filing), group in groupby(left, _shelf):
            filed += self._batch(folder, uidvalidity, self.house.targets[filing] or "", list(group))
        return bool(filed or done)  # what is left has no place until it is found again under the new UIDVALIDITY

    def _batch(self, folder: str, uidvalidity: int, target: str, moves: list[Move]) -> int:
        if self.mailbox.state(folder).uidvalidity != uidvalidity:
            return 0
        for move in moves:
            self._lay_note(move, target)
        self.mailbox.move(folder, [move.place.uid for move in moves], target)
        self.ledger.moved(moves, self.clock())
        log.filed(self.house.mailbox, len(moves), target)
        return len(moves)

    def _lay_note(self, move: Move, target: str) -> None:
        beside, now = move.note, self.clock()
        if beside is None and move.late is not None:
            mail = Mail(sha256=move.content, size=0, sender=move.sender, message_id=move.message_id)
            beside = note(self.house, move.content, unreadable(move.late, "answer-was-delivered"), mail, now)
        if beside is None:
            return
        if not self.mailbox.find(target, beside.message_id):  # laid there before the program was cut off
            self.mailbox.append(target, beside.raw)
        self.ledger.noted(move.mail_id, now)


def _shelf(move: Move) -> tuple[str, int, Filing]:
    return move.place.folder, move.place.uidvalidity, move.filing
