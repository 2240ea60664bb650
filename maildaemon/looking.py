"""Looking into the folders in which people decide: what lies there now, and what was said by laying it there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from maildaemon import gesture, identity, log
from maildaemon.desk import FolderMissing, Listed, Mailbox, MailboxError
from maildaemon.house import House
from maildaemon.model import Mode, Place
from maildaemon.persons import Persons
from maildaemon.waits import waits
from maildaemon.word import Via, What, Word

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mail that a message may be, or beside which it may lie as a note; ``content`` None: nobody has its bytes."""

    mail_id: int
    content: str | None
    note: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message in one of the folders: which mail it is, or whose note; None: none of ours."""

    place: Place
    mail_id: int | None
    version: int = 0
    note: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """A mail that was filed and has come to lie where new mail arrives: the place, and the mail that it is."""

    place: Place
    mail_id: int
    filed: bool


class Sightings(Protocol):
    """What the ledger remembers of the folders. Each method that writes is one transaction."""

    def seen(self, mailbox: str) -> Sequence[Sighting]:
        """All of them, the earliest first."""

    def candidates(self, mailbox: str, messages: Sequence[Listed]) -> Mapping[int, Sequence[Candidate]]:
        """By UID: the mails of this mailbox that a message may be, by its Message-ID, or by its size without one."""

    def back(self, mailbox: str, folders: Sequence[str]) -> Sequence[Back]:
        """Known mails met again in these folders, and not considered yet."""

    def add(self, sightings: Sequence[Sighting]) -> None: ...

    def forget(self, places: Sequence[Place]) -> None: ...


@dataclass(slots=True)
class Look:
    """One look: what lies where, and which of it is new."""

    now: list[Sighting] = field(default_factory=list)
    fresh: list[tuple[Sighting, What | None]] = field(default_factory=list)
    gone: list[Place] = field(default_factory=list)

    def there(self, mail_id: int) -> list[Place]:
        return [one.place for one in self.now if one.mail_id == mail_id and not one.note]


@dataclass(slots=True)
class Hands:
    """What people's hands have done in one mailbox. Used by the thread of its story."""

    house: House
    mailbox: Mailbox
    sightings: Sightings
    persons: Persons
    alive: Callable[[], None] = lambda: None
    refused: set[str] = field(default_factory=set)

    def __call__(self) -> bool:
        """Look, and take each word that is new. True: a mail is to be read again. May raise MailboxError."""
        if self.house.mode is Mode.SHADOW:
            return False
        before = self.sightings.seen(self.house.mailbox)
        versions = {one.mail_id: one.version for one in before if one.mail_id is not None}
        look = self._look(before)
        order = {what: place for place, what in enumerate(gesture.SAFEST_FIRST)}
        again = False
        for sighting, what in sorted(look.fresh, key=lambda pair: order.get(pair[1], -1) if pair[1] else -1):
            self.alive()
            self._take(sighting, what, versions)
        for back in self.sightings.back(self.house.mailbox, gesture.inboxes(self.house)):
            again |= self._back(back, look, versions)
        self.sightings.forget(look.gone)
        return again

    def _look(self, before: Sequence[Sighting]) -> Look:
        look = Look()
        for folder, what in gesture.folders(self.house).items():
            here = [one for one in before if one.place.folder == folder]
            try:
                state = self.mailbox.state(folder)
            except FolderMissing:
                continue
            except MailboxError as error:
                # One folder that is refused keeps no mail of the others waiting; what lay in it, lies there.
                self._refused(folder, error)
                look.now += here
                continue
            self.refused.discard(folder)
            known = {(one.place.uidvalidity, one.place.uid): one for one in here}
            present = {(state.uidvalidity, uid) for uid in state.uids}
            look.now += [one for key, one in known.items() if key in present]
            look.gone += [one.place for key, one in known.items() if key not in present]
            fresh = [uid for uid in state.uids if (state.uidvalidity, uid) not in known]
            for start in range(0, len(fresh), AT_ONCE):
                self.alive()
                listed = self.mailbox.listing(folder, fresh[start : start + AT_ONCE])
                for sighting, deleted in self._recognised(folder, state.uidvalidity, listed.values(), sure=bool(what)):
                    look.now.append(sighting)
                    look.fresh.append((sighting, None if deleted else what))
        return look

    def _refused(self, folder: str, error: MailboxError) -> None:
        """Said once. The connection may be what is broken: it is made anew."""
        if folder not in self.refused:
            log.trouble(f"mailbox {self.house.mailbox}", f"{folder} cannot be looked into: {error}")
        self.refused.add(folder)
        self.mailbox.close()
        self.mailbox.connect()

    def _recognised(
        self, folder: str, uidvalidity: int, listed: Iterable[Listed], *, sure: bool
    ) -> list[tuple[Sighting, bool]]:
        """Which mails these are, and whether they are marked as deleted. ``sure``: by their bytes, for something
        follows; so are those that share a Message-ID."""
        messages = list(listed)
        candidates = self.sightings.candidates(self.house.mailbox, messages)
        asked = [
            one.uid
            for one in messages
            if (those := candidates.get(one.uid))
            and (sure or len({each.content for each in those if not each.note}) > 1)
            and one.size <= self.house.mail_bytes
        ]
        raws: Mapping[int, bytes] = self.mailbox.fetch(folder, asked) if asked else {}
        found = []
        for message in messages:
            content = identity.content(raws[message.uid])[0] if message.uid in raws else None
            those = candidates.get(message.uid, ())
            match = next((one for one in those if one.note or content is None or one.content == content), None)
            place = Place(self.house.mailbox, folder, uidvalidity, message.uid)
            sighting = Sighting(place, match.mail_id if match else None, note=match.note if match else False)
            found.append((sighting, message.deleted))
        return found

    def _take(self, sighting: Sighting, what: What | None, versions: Mapping[int, int]) -> None:
        case = self.persons.cases.case(sighting.mail_id) if sighting.mail_id is not None else None
        if case is None or what is None or not gesture.is_new(case, what):
            now = case.version if case is not None else 0
            self.sightings.add([Sighting(sighting.place, sighting.mail_id, now, sighting.note)])
            return
        # What lay nowhere before is meant as it is now, as long as it waits.
        seen_at = versions.get(case.mail_id)
        version = seen_at if seen_at is not None else case.version if waits(case) else None
        word = Word(
            case.mail_id,
            what,
            gesture.ACTOR,
            Via.FOLDER,
            version,
            seen=sighting.place,
            note=sighting.note,
        )
        self.persons.say(word)

    def _back(self, back: Back, look: Look, versions: Mapping[int, int]) -> bool:
        """The same mail in the inbox: moved back to be read again, unless it only came a second time."""
        case = self.persons.cases.case(back.mail_id)
        stays = [place for place in look.there(back.mail_id) if not self._is_deleted(place)]
        if case is None or not back.filed or stays or not (waits(case) or case.filing in gesture.STANDS.values()):
            self.sightings.add([Sighting(back.place, None)])
            return False
        if not waits(case) and versions.get(case.mail_id) != case.version:
            self.sightings.add([Sighting(back.place, None)])
            return False
        seen = versions.get(case.mail_id, case.version)
        word = Word(case.mail_id, What.REREAD, gesture.ACTOR, Via.FOLDER, seen, seen=back.place)
        ruling = self.persons.say(word)
        return ruling is not None and ruling.refused is None

    def _is_deleted(self, place: Place) -> bool:
        found = self.mailbox.listing(place.folder, [place.uid]).get(place.uid)
        return found is None or found.deleted
