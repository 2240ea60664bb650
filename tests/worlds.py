"""The story put together over fakes and a real ledger, with mails that its fake reader understands."""

import hashlib
import sqlite3
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand
from maildaemon.desk import ReadFailure
from maildaemon.edge import playbooks
from maildaemon.edge.archive import Archive
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.ruling import Rulings
from maildaemon.edge.sender import Sender
from maildaemon.edge.sightings import Sightings
from maildaemon.edge.tables import MAIL
from maildaemon.edge.triage import Triage
from maildaemon.house import House
from maildaemon.looking import Hands
from maildaemon.masterdata import MasterData
from maildaemon.model import Customer, Filing, Found, Kind, Mail, Mode, Order, OrderLine, Product, Reading, Stock
from maildaemon.persons import Persons
from maildaemon.pipeline import Story
from maildaemon.reply import Identity
from maildaemon.word import Via, What, Word
from tests.fakes import START, Clock, FakeMailbox, FakeReader, FakeTransport
from tests.ledgers import fresh

CLIENT = "buyer@client.example"
DATA = MasterData(
    customers=(
        Customer(
            "C-1",
            "Client Ltd",
            ("client.example",),
            currency="EUR",
            country="IE",
            standing="ok",
            ship_to=("Client Ltd, 1 Quay, Cork",),
            payment_terms="30 days net",
        ),
    ),
    products=(Product("W-100", ("Hex bolt M8",), "EA", Decimal("1.20"), "EUR"),),
    stock=(Stock("W-100", Decimal(1_000_000), as_of=START - timedelta(days=1000)),),
)
SHIPPED = playbooks.load()
PLAYBOOK = replace(SHIPPED, shipping=SHIPPED.shipping.model_copy(update={"stock_hours": 24 * 3000}))
"""The shipped one, in a house that counts its stock once a year: the clock may go on for as long as a test wants."""
TARGETS = {
    Filing.PROCESSED: "Processed",
    Filing.REVIEW: "Manual Review",
    Filing.ESCALATED: "Escalated",
    Filing.REJECTED: "Rejected",
    Filing.NOT_AN_ORDER: "Not an order",
}
FULL = (sqlite3.OperationalError, DBAPIError)
"""How a ledger says that it cannot be written."""


def raw(number, po=None, *, kind="order", sender=CLIENT, message_id=None, headers=()):
    message_id = f"<{number}@client.example>" if message_id is None else message_id
    head = [("Message-ID", message_id), ("From", sender), ("Subject", kind), *headers]
    return "\r\n".join([*(f"{name}: {value}" for name, value in head), "", po or f"PO-{number}", ""]).encode()


def understand(data):
    """A reader for mails made by ``raw``: what such a mail says, no more."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    mail = Mail(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        message_id=fields["Message-ID"] or None,
        sender=fields["From"],
        subject=fields["Subject"],
        return_path=fields.get("Return-Path", fields["From"]),
        in_reply_to=fields.get("In-Reply-To"),
        references=tuple(fields.get("References", "").split()),
        headers=tuple((name.lower(), value) for name, value in fields.items()),
    )
    if fields["Subject"] == "killer":
        return ReadFailure("the reader died on it", retry=True)
    if fields["Subject"] == "refused":
        return ReadFailure("too many headers")
    if fields["Subject"] == "broken question":
        return Reading(mail, Kind.ORDER, "its lines are no lines", orders=(Order(lines=None),))
    if fields["Subject"] == "broken answer":
        return Reading(mail, Kind.ORDER, "its doubts are no texts", orders=(Order(),), doubts=(None,))
    if fields["Subject"] == "undelivered":
        return Reading(mail, Kind.BOUNCE, "a mail system says so")
    if fields["Subject"] not in {"order", "Re: order"}:
        return Reading(mail, Kind.OTHER, "nothing of interest")
    line = OrderLine(
        sku=Found("W-100"),
        quantity=Found(Decimal(5)),
        unit=Found("EA"),
        unit_price=Found(Decimal("1.20")),
        amount=Found(Decimal("6.00")),
    )
    order = Order(
        po_number=Found(body.decode().strip()), currency=Found("EUR"), total=Found(Decimal("6.00")), lines=(line,)
    )
    return Reading(mail, Kind.ORDER, "it says so", fields.get("Profile", "general"), orders=(order,))


class World:
    """One mailbox's story. What outlives the program (mailbox, transport) and what mailboxes share (the ledger) can be
    given; ``clock`` is the program's, the mailbox's own where none is given; ``door`` is the sender's, open where none
    is given."""

    Ledger, Outbox, Sender = SqlLedger, SqlOutbox, Sender

    def __init__(
        self,
        folder,
        *,
        mode=Mode.AUTO,
        mailbox=None,
        transport=None,
        ledger=None,
        clock=None,
        door=None,
        name="orders",
        **house,
    ):
        self.mailbox = mailbox or FakeMailbox(Clock(), "INBOX", "Junk", *TARGETS.values(), "Approved")
        self.clock = clock or self.mailbox.clock
        self.ledger = ledger or self.Ledger(fresh(folder / "ledger.db"))
        self.reader = FakeReader(understand)
        self.transport = transport or FakeTransport()
        self.outbox = self.Outbox(self.ledger.database)
        self.archive = Archive(self.outbox, None, "", "park", clock=self.clock)
        self.triage = Triage(self.ledger.database)
        self.sender = self.Sender(
            self.outbox,
            self.transport,
            door.ask if door else lambda message: None,
            lambda: None,
            self.clock,
            passed=door.passed if door else lambda message: None,
        )
        self.playbook = PLAYBOOK
        self.house = House(
            **{
                "mailbox": name,
                "folders": ("INBOX",),
                "identity": Identity("Us", "orders@us.example", "ask us"),
                "stand": Stand(frozenset({"us.example"}), secret=self.ledger.secret),
                "targets": {**TARGETS, Filing.OTHER: None},
                "approved": "Approved",
                "mode": mode,
                **house,
            }
        )
        self.data = DATA
        self.story = self.restarted()

    def catalogue(self):
        return Catalogue(self.data)

    def restarted(self):
        """A story anew, as after a restart: nothing is remembered but the ledger."""
        return Story(
            house=self.house,
            playbook=self.playbook,
            mailbox=self.mailbox,
            ledger=self.ledger,
            reader=self.reader,
            catalogue=self.catalogue,
            clock=self.clock,
            token=lambda: "t" * 22,
            hands=Hands(self.house, self.mailbox, Sightings(self.ledger.database, self.clock), self.persons),
        )

    @property
    def persons(self):
        """The decision service over the same ledger."""
        return Persons(
            houses={self.house.mailbox: self.house},
            playbook=self.playbook,
            ledger=self.ledger,
            cases=Rulings(self.ledger.database),
            catalogue=self.catalogue,
            clock=self.clock,
            token=lambda: "t" * 22,
        )

    def say(self, mail_id, what, actor="anna", via=Via.CLI, **more):
        return self.persons.say(Word(mail_id, What(what), actor, via, **more))

    def release(self, answer):
        """A person lets an answer that waits go out; False: it does not wait any more."""
        return self.let_out(answer.id)

    def let_out(self, number):
        """The same, of an answer by its number."""
        ruling = self.say(self.persons.cases.mail_of(number), "release", answer=number)
        return ruling is not None and ruling.refused is None

    def go(self):
        self.story.round()
        self.sender.drain()
        self.archive.settle()
        self.story.round()

    def states(self):
        with self.ledger.database.read() as db:
            return [row[0] for row in db.execute(select(MAIL.c.state).order_by(MAIL.c.id))]

    def column(self, name):
        with self.ledger.database.read() as db:
            return list(db.scalars(select(MAIL.c[name]).order_by(MAIL.c.id)))

    def held(self, folder):
        return list(self.mailbox.folders[folder].messages.values())


class Faults:
    """Lets those statements and commits of a ledger fail that it is told to: ``fails`` is asked with the number and the
    words of each. With ``late`` a commit that is said to have failed has taken effect all the same."""

    def __init__(self, ledger):
        self.count, self.late = 0, False
        self.none()
        event.listen(ledger.database.engine, "before_cursor_execute", self.statement)
        event.listen(ledger.database.engine, "commit", self.commit)

    def none(self):
        self.fails = lambda number, words: False

    def statement(self, conn, cursor, words, parameters, context, executemany):
        self.count += 1
        if self.fails(self.count, words):
            raise sqlite3.OperationalError("database or disk is full")

    def commit(self, conn):
        self.count += 1
        if self.fails(self.count, "COMMIT"):
            if self.late:
                conn.connection.dbapi_connection.commit()
            raise sqlite3.OperationalError("disk I/O error")
