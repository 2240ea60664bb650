"""How far profiles are trusted, in the ledger: what was said of each, and what persons' words have proved."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, distinct, func, insert, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from maildaemon.edge.database import Database
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import DECISION, MAIL, META, PROFILE_MODE, RULING, TESTIMONY
from maildaemon.model import Decision, Mode
from maildaemon.modes import GENERAL, ProfileMode, Terms, Testimony
from maildaemon.record import LOOKS, Counts, Record, look
from maildaemon.testimony import differs
from maildaemon.word import What

# Made once: composing a statement costs more than running it.
LAST = select(func.max(PROFILE_MODE.c.id)).group_by(PROFILE_MODE.c.profile)
CURRENT = select(PROFILE_MODE).where(PROFILE_MODE.c.id.in_(LAST))
OF_MAIL = text(
    "SELECT profile_mode.mode FROM profile_mode JOIN mail ON profile_mode.profile = coalesce(mail.profile, 'general') "
    "WHERE mail.id = :mail ORDER BY profile_mode.id DESC LIMIT 1"
)
REREAD = (
    select(RULING.c.before)
    .where(
        RULING.c.mail_id == bindparam("mail"),
        RULING.c.what == str(What.REREAD),
        RULING.c.refused.is_(None),
        RULING.c.before.is_not(None),
    )
    .order_by(RULING.c.id)
)
DECIDING = (What.RELEASE, What.APPROVE, What.CORRECT, What.REJECT, What.NOT_AN_ORDER)
PROPOSED = "proposed-auto:"
_decision = msgspec.json.Decoder(Decision).decode


class ProfileModes:
    """Each writing method is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def current(self) -> tuple[ProfileMode, ...]:
        """What counts for each profile of which anything was said."""
        with self.database.read() as db:
            return tuple(_mode(row) for row in db.execute(CURRENT.order_by(PROFILE_MODE.c.profile)))

    def modes(self) -> dict[str, Mode]:
        return {one.profile: one.mode for one in self.current()}

    def of_mail(self, mail_id: int, terms: Terms) -> Mode:
        """The own mode of the profile that has read this mail."""
        with self.database.read() as db:
            found: str | None = db.scalar(OF_MAIL, {"mail": mail_id})
            return Mode(found) if found is not None else terms.start

    def gates_own(self, mail_id: int) -> Decision | None:
        """The gate's decision about a mail, whatever a person has made of it."""
        with self.database.read() as db:
            data = db.scalar(select(DECISION.c.data).where(DECISION.c.mail_id == mail_id))
            return _decision(zlib.decompress(data)) if data is not None else None

    def put(self, new: ProfileMode, mailboxes: Sequence[str], now: datetime) -> None:
        """What an operator says; each mailbox's chain tells of it. Where that is no more than a draft, the count begins
        anew."""
        with self.database.write() as db:
            last = _last(db, new.profile)
            mark = (last.mark if last else 0) if new.mode is Mode.AUTO else _newest(db)
            _insert(db, new, now, mark)
            facts: dict[str, Any] = {"profile": new.profile, "mode": new.mode, "by": new.actor}
            if new.overruled:
                facts["overruled"] = True
            for mailbox in mailboxes:
                append_events(db, mailbox, now, [(None, "mode-set", facts)])

    def contradict(self, mail_id: int, testimony: Testimony, actor: str, reason: str, now: datetime) -> bool:
        """A person says, after the fact, that an acknowledgement was wrong. False: that was known already."""
        with self.database.write() as db:
            mail = db.execute(select(MAIL).where(MAIL.c.id == mail_id)).one()
            known = db.scalar(select(TESTIMONY.c.contradicts).where(TESTIMONY.c.mail_id == mail.id))
            testify(db, mail, testimony, "contradict", actor, reason, now)
        return not known

    # --- counts -------------------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, Counts]:
        """What the ledger tells of each profile."""
        would: dict[str, dict[str, int]] = defaultdict(dict)
        said: dict[str, dict[str, int]] = defaultdict(dict)
        with self.database.read() as db:
            query = select(DECISION.c.profile, DECISION.c.action, func.count()).group_by(
                DECISION.c.profile, DECISION.c.action
            )
            for name, action, count in db.execute(query):
                own = would[name or GENERAL]
                own[action or "?"] = own.get(action or "?", 0) + count
            of_ruling = func.coalesce(RULING.c.profile, GENERAL)
            words = select(of_ruling, RULING.c.what, func.count(distinct(RULING.c.mail_id)))
            words = words.where(RULING.c.refused.is_(None), RULING.c.what.in_(DECIDING))
            for name, what, count in db.execute(words.group_by(of_ruling, RULING.c.what)):
                said[name][what] = count
            proved = self._since(db)
        names = {*would, *said, *proved}
        return {
            name: Counts(
                seen=sum(would[name].values()),
                would=would[name],
                said=said[name],
                agreements=proved.get(name, (0, 0))[0],
                contradictions=proved.get(name, (0, 0))[1],
            )
            for name in sorted(names)
        }

    def records(self, terms: Terms, allowed: Mapping[str, Mode], most: Mode) -> tuple[Record, ...]:
        """Every profile's record, by name. ``allowed``: what settings and matrix allow each; ``most``: those that are
        in no file any more."""
        counts, modes = self.counts(), {one.profile: one for one in self.current()}
        found = []
        for name in sorted({*counts, *modes, *allowed}):
            pool, last = terms.pool(name), modes.get(name)
            judged = self.decisions(pool)
            judgement = look(judged)
            wrong = sum(counts[one].contradictions for one in pool if one in counts)
            record = Record(
                profile=name,
                allowed=allowed.get(name, most),
                own=last.mode if last is not None else terms.start,
                counts=counts.get(name, Counts()),
                pool=pool,
                decisions=len(judged),
                look=judgement,
                last=last,
                since=wrong - (judgement.errors if judgement is not None else 0),
            )
            found.append(record)
        return tuple(found)

    def decisions(self, pool: Iterable[str]) -> tuple[bool, ...]:
        """Whether each decision of these profiles since the count began contradicts, the earliest first: as many as are
        judged."""
        with self.database.read() as db:
            marks = _marks(db)
            each = (and_(TESTIMONY.c.profile == one, TESTIMONY.c.id > marks.get(one, 0)) for one in pool)
            query = select(TESTIMONY.c.contradicts).where(or_(*each)).order_by(TESTIMONY.c.id).limit(LOOKS[-1])
            return tuple(db.scalars(query))

    def _since(self, db: Connection) -> dict[str, tuple[int, int]]:
        """Agreements and contradictions of each profile since its count began."""
        marks = _marks(db)
        found: dict[str, tuple[int, int]] = {}
        for name in db.scalars(select(TESTIMONY.c.profile).distinct()):
            here = and_(TESTIMONY.c.profile == name, TESTIMONY.c.id > marks.get(name, 0))
            wrong = func.count().filter(TESTIMONY.c.contradicts)
            count, errors = db.execute(select(func.count(), wrong).where(here)).one()
            found[name] = (count - errors, errors)
        return found

    # --- alarms -------------------------------------------------------------------------------------------------------

    def newest(self) -> int:
        """The number of the last testimony: where it is the same, nothing new was proved."""
        with self.database.read() as db:
            return _newest(db)

    def untold(self) -> tuple[tuple[int, ProfileMode], ...]:
        """What was written down and the daemon's log does not tell of yet, each with its number."""
        with self.database.read() as db:
            query = select(PROFILE_MODE).where(PROFILE_MODE.c.told.is_(False)).order_by(PROFILE_MODE.c.id)
            return tuple((row.id, _mode(row)) for row in db.execute(query))

    def told(self, numbers: Sequence[int]) -> None:
        """These only: what was written down since they were read is still to be told."""
        with self.database.write() as db:
            db.execute(update(PROFILE_MODE).where(PROFILE_MODE.c.id.in_(numbers)).values(told=True))

    def propose(self, profile: str, decisions: int) -> bool:
        """Whether this proposal is a new one; it is not from now on."""
        key, value = f"{PROPOSED}{profile}", f"{decisions} after {self._mark(profile)}"
        with self.database.write() as db:
            if db.scalar(select(META.c.value).where(META.c.key == key)) == value:
                return False
            new = upsert(META).values(key=key, value=value)
            db.execute(new.on_conflict_do_update(["key"], set_={"value": value}))
            return True

    def _mark(self, profile: str) -> int:
        with self.database.read() as db:
            return _marks(db).get(profile, 0)


def testify(
    db: Connection, mail: Any, testimony: Testimony, what: str, actor: str, reason: str | None, now: datetime
) -> None:
    """Write down what a word proves, in the word's own transaction, and take ``auto`` from the profiles that it
    contradicts. ``mail`` is its row."""
    contradicts = testimony.contradicts or _was_wrong(db, mail.id)
    known = db.execute(select(TESTIMONY).where(TESTIMONY.c.mail_id == mail.id)).first()
    values = {"contradicts": contradicts, "what": what, "actor": actor, "reason": reason, "at": now}
    if known is None:
        db.execute(insert(TESTIMONY).values(mail_id=mail.id, profile=testimony.profile, **values))
    elif contradicts and not known.contradicts:
        db.execute(update(TESTIMONY).where(TESTIMONY.c.id == known.id).values(**values))
    else:
        return  # nothing that was not known
    if not contradicts:
        return
    facts: dict[str, Any] = {"profile": testimony.profile, "by": actor}
    fallen = [one for one in testimony.pool if _own(db, one, testimony.start) is Mode.AUTO]
    if testimony.automatic and fallen:
        why = f"mail M{mail.id} of {testimony.profile} was contradicted by {actor} ({what})"
        mark = _newest(db)
        for profile in fallen:
            _insert(db, ProfileMode(profile, Mode.DRAFT, now, actor, why, fell=True), now, mark)
        facts |= {"fell": fallen, "mode": str(Mode.DRAFT)}
    append_events(db, mail.mailbox, now, [(mail.id, "contradicted", facts)])


def _was_wrong(db: Connection, mail_id: int) -> bool:
    """What was read before a person had it read again would have been acknowledged, and was something else."""
    before = db.scalars(REREAD, {"mail": mail_id}).all()
    if not before:
        return False
    kept = db.execute(select(DECISION.c.data, DECISION.c.ruled).where(DECISION.c.mail_id == mail_id)).first()
    if kept is None:
        return False
    after = _decision(zlib.decompress(kept.ruled or kept.data))
    return any(differs(_decision(zlib.decompress(data)), after) for data in before)


def _insert(db: Connection, new: ProfileMode, now: datetime, mark: int) -> None:
    values = {
        "profile": new.profile,
        "mode": new.mode,
        "at": now,
        "actor": new.actor,
        "why": new.why[:500],
        "fell": new.fell,
        "overruled": new.overruled,
        "mark": mark,
        "told": False,
    }
    db.execute(insert(PROFILE_MODE).values(**values))


def _last(db: Connection, profile: str) -> ProfileMode | None:
    query = select(PROFILE_MODE).where(PROFILE_MODE.c.profile == profile).order_by(PROFILE_MODE.c.id.desc()).limit(1)
    row = db.execute(query).first()
    return _mode(row) if row is not None else None


def _own(db: Connection, profile: str, start: Mode) -> Mode:
    last = _last(db, profile)
    return last.mode if last is not None else start


def _marks(db: Connection) -> Mapping[str, int]:
    return {row.profile: row.mark for row in db.execute(CURRENT)}


def _newest(db: Connection) -> int:
    return db.scalar(select(func.max(TESTIMONY.c.id))) or 0


def _mode(row: Any) -> ProfileMode:
    return ProfileMode(row.profile, Mode(row.mode), row.at, row.actor, row.why, row.fell, row.overruled, row.mark)
