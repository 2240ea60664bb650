"""Filing: what is done is moved, in batches, after the answers; a note is laid beside what a person must look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from maildaemon import log
from maildaemon.desk import FolderMissing, Ledger, Mailbox, MailboxError, Move
from maildaemon.house import House
from maildaemon.model import Filing, Mode, Place
from maildaemon.outcome import late_note

PAUSE = timedelta(seconds=60)
GIVE_UP = 3
"""So many mails of a shelf refused one by one, and the whole shelf waits."""

Shelf = tuple[str, int, Filing]
"""A folder under one UIDVALIDITY, and where its mails go."""


@dataclass(slots=True)
class Filer:
    """The mailbox's clerk. Called again and again; what it does can be cut off anywhere and repeated. What cannot be
    filed now waits by itself, and keeps nothing else back."""

    house: House
    mailbox: Mailbox
    ledger: Ledger
    clock: Callable[[], datetime]
    alive: Callable[[], None] = lambda: None
    whole: Mapping[str, int] = field(default_factory=dict)
    """As in :class:`maildaemon.collect.Refused`."""
    waiting: dict[Shelf | int, datetime] = field(default_factory=dict)
    """Since when a shelf, or one mail by its id, is left alone."""
    look: Callable[[], object] = lambda: None
    """Looks where mails lie that were filed before: a person may have moved them on."""

    def __call__(self) -> None:
        """Move what is done, after the answers; the note is laid beside a reviewed mail first. Raises MailboxError only
        when the server is not to be reached at all."""
        if self.house.mode is Mode.SHADOW:
            return  # also for what an earlier run in another mode has left: shadow mode moves nothing
        after, looked = 0, False
        while moves := self.ledger.moves(self.house.mailbox, after):
            if not looked and any(move.filed and not move.lies for move in moves):
                looked = True
                try:
                    self.look()
                except MailboxError as error:
                    self._reconnect(error)
                    return  # nobody knows where they lie: they are filed another time
                continue
            after = moves[-1].mail_id
            self._page(moves)

    def _page(self, moves: tuple[Move, ...]) -> None:
        self.alive()
        done = [move for move in moves if self.house.targets.get(move.filing) is None]
        self.ledger.moved(done, self.clock())
        for move in moves:
            if move.lies and move not in done and not self._waits(move.mail_id):
                self._elsewhere(move)
        left = sorted(
            (move for move in moves if move not in done and not move.lies and not self._waits(move.mail_id)), key=_shelf
        )
        for shelf, group in groupby(left, _shelf):
            if not self._waits(shelf):
                self._shelf(shelf, list(group))

    def _elsewhere(self, move: Move) -> None:
        """A mail that was filed before, with its notes, from where they lie now."""
        target = self.house.targets[move.filing] or ""
        try:
            self._lay_notes(move, target)
            for place in move.lies:
                if place.folder != target and self._is_there(place):
                    self.mailbox.move(place.folder, [place.uid], target)
        except FolderMissing as error:
            log.not_filed(self.house.mailbox, str(error))
            self.waiting[move.mail_id] = self.clock()
            return
        except MailboxError as error:
            self._reconnect(error)
            self.waiting[move.mail_id] = self.clock()
            return
        self.ledger.moved([move], self.clock())
        log.filed(self.house.mailbox, 1, target)

    def _is_there(self, place: Place) -> bool:
        try:
            return self.mailbox.uidvalidity(place.folder) == place.uidvalidity
        except FolderMissing:
            return False

    def _shelf(self, shelf: Shelf, moves: list[Move]) -> None:
        """A shelf's mails in one go; where that is refused, one by one."""
        try:
            self._batch(shelf, moves)
            return
        except FolderMissing as error:
            self._leave(shelf, error)
            return
        except MailboxError as error:
            self._reconnect(error)
        refused = 0
        for move in moves:
            try:
                self._batch(shelf, [move])
            except FolderMissing as error:
                self._leave(shelf, error)
                return
            except MailboxError as error:
                self._reconnect(error)
                self.waiting[move.mail_id] = self.clock()
                refused += 1
                if refused == GIVE_UP:
                    self._leave(shelf, error)
                    return

    def _batch(self, shelf: Shelf, moves: list[Move]) -> None:
        folder, uidvalidity, filing = shelf
        target = self.house.targets[filing] or ""
        current = self.mailbox.uidvalidity(folder)
        if current != uidvalidity and self.whole.get(folder) != current:
            return  # these have no place until they are found again under the new UIDVALIDITY
        for move in moves:
            self._lay_notes(move, target)
        if current == uidvalidity:  # else somebody has taken them out of the folder: there is nothing to be moved
            self.mailbox.move(folder, [move.place.uid for move in moves], target)
        self.ledger.moved(moves, self.clock())
        log.filed(self.house.mailbox, len(moves), target)

    def _lay_notes(self, move: Move, target: str) -> None:
        now = self.clock()
        late = late_note(self.house, move, now) if move.late is not None else None
        for note in (move.note, late):
            # Laid there before the program was cut off: found by its Message-ID.
            if note is not None and not self.mailbox.find(target, note.message_id):
                self.mailbox.append(target, note.raw)
        if move.note is not None:
            self.ledger.noted(move.mail_id, move.note.message_id, now)

    def _waits(self, what: Shelf | int) -> bool:
        since, now = self.waiting.get(what), self.clock()
        if since is None:
            return False
        if since <= now < since + PAUSE:  # a clock that was put back ends the pause
            return True
        del self.waiting[what]
        return False

    def _leave(self, shelf: Shelf, error: MailboxError) -> None:
        log.not_filed(self.house.mailbox, str(error))
        self.waiting[shelf] = self.clock()

    def _reconnect(self, error: MailboxError) -> None:
        log.not_filed(self.house.mailbox, str(error))
        self.mailbox.close()
        self.mailbox.connect()


def _shelf(move: Move) -> Shelf:
    return move.place.folder, move.place.uidvalidity, move.filing
