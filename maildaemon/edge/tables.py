"""The ledger's tables."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, MetaData, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out: SQLite itself forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Base(SQLModel):
    metadata = MetaData(naming_convention=NAMING)


class Meta(Base, table=True):
    """Facts about the ledger itself: its secret, when it was made, the version of the master data."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class Contact(Base, table=True):
    """The first contact with a folder: what was there before is never answered."""

    __tablename__ = "contact"
    mailbox: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BigInteger)
    uidnext: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Utc)


class RawMail(Base, table=True):
    """The bytes as they came, zlib-compressed. ``salt`` makes digests of them worthless once the row is erased."""

    __tablename__ = "raw_mail"
    content: str = Field(primary_key=True)
    sha256: str
    size: int
    salt: bytes = Field(sa_type=LargeBinary)
    data: bytes | None = Field(default=None, sa_type=LargeBinary)


class MailRow(Base, table=True):
    __tablename__ = "mail"
    __table_args__ = (UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),)
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    content: str | None = Field(default=None, index=True)
    message_id: str | None = Field(default=None, index=True)
    size: int
    internal_date: datetime | None = Field(default=None, sa_type=Utc)
    received_at: datetime = Field(sa_type=Utc)
    state: str = Field(index=True)
    attempts: int = 0
    same_as: int | None = Field(default=None, foreign_key="mail.id")
    twin: bool = False
    sender: str | None = None
    subject: str | None = None
    kind: str | None = None
    profile: str | None = None
    action: str | None = None
    mode: str | None = None
    filing: str | None = None
    reason: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    filed_at: datetime | None = Field(default=None, sa_type=Utc)
    version: int = 0
    """It grows with all that a person who decides on the mail ought to have seen."""


class ReadingRow(Base, table=True):
    """What was understood, as zlib-compressed JSON."""

    __tablename__ = "reading"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    data: bytes = Field(sa_type=LargeBinary)


class DecisionRow(Base, table=True):
    """The decision and what it rested on (Known, one per order), as zlib-compressed JSON; ``ruled`` is the decision as
    a person has left it."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_profile_action", "profile", "action"),)
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    data: bytes = Field(sa_type=LargeBinary)
    known: bytes = Field(sa_type=LargeBinary)
    playbook: str
    decided_at: datetime = Field(sa_type=Utc)
    ruled: bytes | None = Field(default=None, sa_type=LargeBinary)
    profile: str | None = None
    action: str | None = None
    """The gate's own, whatever a person has made of it: to be counted."""


class GroundRow(Base, table=True):
    """What a decision rested on beside the reading and what was known (maildaemon.stand.Ground), as zlib-compressed
    JSON: whom the mailbox believed, where the mail lay, the signatures that were verified, with their keys."""

    __tablename__ = "ground"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    data: bytes = Field(sa_type=LargeBinary)


class OrderRow(Base, table=True):
    """``relation`` to the earlier order whose reference ``concerns`` holds; ``status`` whether it is the one that
    counts, and ``changed_by`` the row of the order whose arrival or approval made it so (see ordered.py). ``goods`` is
    a digest of the lines alone. ``action`` is what is to become of it now: one whose action is hold is decided again by
    the program itself, one of which a person has taken charge is not."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        UniqueConstraint("mail_id", "number"),
        Index("ix_purchase_order_held", "mail_id", sqlite_where=text("action = 'hold'")),
    )
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id")
    number: int
    reference: str = Field(unique=True)
    po_number: str | None = None
    po_key: str | None = Field(default=None, index=True)
    customer: str | None = Field(default=None, index=True)
    sender: str | None = None
    digest: str = Field(index=True)
    total: str | None = None
    currency: str | None = None
    action: str
    received_at: datetime = Field(sa_type=Utc)
    relation: str | None = None
    concerns: str | None = None
    status: str = Field(default="current", sa_column_kwargs={"server_default": "current"})
    changed_by: int | None = None
    goods: str | None = Field(default=None, index=True)


class ReservationRow(Base, table=True):
    """What an acknowledged order takes of an article; ``leaves``: the day on which the order is to leave the house."""

    __tablename__ = "reservation"
    __table_args__ = (Index("ix_reservation_sku_key_at", "sku_key", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="purchase_order.id", index=True)
    sku: str
    sku_key: str
    quantity: str
    at: datetime = Field(sa_type=Utc)
    leaves: date | None = Field(default=None, index=True)


class OutgoingRow(Base, table=True):
    """A message on its way to a client: ready → sending → committing → sent | in_doubt | failed. ``due_at``: when it is
    to be looked at next; of one in doubt, the end of its term. ``parked``: in doubt, and handed to a person. ``orders``
    holds the numbers of the mail's orders that it speaks of, as a JSON array."""

    __tablename__ = "outgoing"
    __table_args__ = (UniqueConstraint("mail_id", "kind", "seq"), Index("ix_outgoing_state_due", "state", "due_at"))
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id")
    kind: str
    seq: int
    message_id: str = Field(unique=True)
    envelope_from: str
    recipient: str
    subject: str
    raw: bytes = Field(sa_type=LargeBinary)
    state: str
    released: bool = False
    attempts: int = 0
    created_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    settled_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    response: str | None = None
    thread: str = ""
    traffic: str = "other"
    parked: bool = False
    approved: bool = False
    orders: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})


class NoteRow(Base, table=True):
    """A note for the review folder; ``appended_at`` None: not laid there yet."""

    __tablename__ = "note"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    message_id: str
    raw: bytes = Field(sa_type=LargeBinary)
    appended_at: datetime | None = Field(default=None, sa_type=Utc)


class TokenRow(Base, table=True):
    """Which message a read-confirmation token stands in; the token itself is nowhere but in that message."""

    __tablename__ = "token"
    sha256: str = Field(primary_key=True)
    outgoing_id: int = Field(foreign_key="outgoing.id", index=True)


class OpeningRow(Base, table=True):
    """A fetch of the read-confirmation image: evidence, not proof. ``address`` is the network, where it is known."""

    __tablename__ = "opening"
    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(index=True)
    at: datetime = Field(sa_type=Utc)
    method: str
    user_agent: str
    address: str | None = None


class EventRow(Base, table=True):
    """One link of a mailbox's chain; ``hash`` is over ``prev``, ``seq``, ``at`` and ``body`` (see chain.py)."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("mailbox", "seq"),)
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    seq: int
    at: str
    mail_id: int | None = Field(default=None, index=True)
    type: str
    body: str = Field(sa_type=Text)
    prev: str
    hash: str


class LeaseRow(Base, table=True):
    """Who works a mailbox, and until when; ``epoch`` counts the owners and fences off the earlier ones."""

    __tablename__ = "lease"
    mailbox: str = Field(primary_key=True)
    owner: str
    epoch: int
    until: datetime = Field(sa_type=Utc)


class MasterRow(Base, table=True):
    """One row of master data, as JSON: kind is customers, products, prices, aliases or stock."""

    __tablename__ = "master"
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    data: str = Field(sa_type=Text)


class RulingRow(Base, table=True):
    """What a person said of a mail, at which of its versions; ``refused``: why it took no effect. ``changed`` names the
    corrected fields, as JSON; ``drafted``: it was about an answer that waited; ``before`` is the decision that a second
    reading has replaced, as in DecisionRow. ``orders``: the numbers of the orders that it was about, as a JSON array;
    None: all that waited."""

    __tablename__ = "ruling"
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id", index=True)
    version: int
    what: str
    actor: str
    via: str
    reason: str | None = None
    at: datetime = Field(sa_type=Utc)
    changed: str = Field(sa_type=Text)
    refused: str | None = None
    profile: str | None = None
    drafted: bool = False
    before: bytes | None = Field(default=None, sa_type=LargeBinary)
    orders: str | None = None


class TestimonyRow(Base, table=True):
    """What persons' words about a mail have proved of the profile that read it (maildaemon.modes.Testimony), one row a
    mail: a contradiction stays one."""

    __tablename__ = "testimony"
    __table_args__ = (Index("ix_testimony_profile_id", "profile", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id", unique=True)
    profile: str
    contradicts: bool
    what: str
    actor: str
    reason: str | None = None
    at: datetime = Field(sa_type=Utc)


class ProfileModeRow(Base, table=True):
    """How far a profile was trusted from then on (maildaemon.modes.ProfileMode): the last row of a profile counts.
    ``told``: the daemon has said so in its log."""

    __tablename__ = "profile_mode"
    __table_args__ = (Index("ix_profile_mode_profile_id", "profile", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    profile: str
    mode: str
    at: datetime = Field(sa_type=Utc)
    actor: str
    why: str
    fell: bool = False
    overruled: bool = False
    mark: int = 0
    told: bool = False


class SightingRow(Base, table=True):
    """A message seen in one of the folders in which people decide. ``mail_id``: the mail that it is, or beside which it
    lies as a note; ``version``: the mail's at that time."""

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),)
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    version: int = 0
    note: bool = False
    at: datetime = Field(sa_type=Utc)


_TABLES = Base.metadata.tables
META, CONTACT, MASTER = _TABLES["meta"], _TABLES["contact"], _TABLES["master"]
RAW, MAIL, READING, DECISION = _TABLES["raw_mail"], _TABLES["mail"], _TABLES["reading"], _TABLES["decision"]
ORDER, OUTGOING, NOTE = _TABLES["purchase_order"], _TABLES["outgoing"], _TABLES["note"]
TOKEN, OPENING, EVENT, LEASE = _TABLES["token"], _TABLES["opening"], _TABLES["event"], _TABLES["lease"]
RESERVATION, GROUND = _TABLES["reservation"], _TABLES["ground"]
RULING, SIGHTING = _TABLES["ruling"], _TABLES["sighting"]
PROFILE_MODE, TESTIMONY = _TABLES["profile_mode"], _TABLES["testimony"]
