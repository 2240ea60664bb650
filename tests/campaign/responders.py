"""Clients that answer back: programs at the other end of an acknowledgement, and the post office between them and us."""

import email
import email.policy
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from sqlalchemy import select

from maildaemon.daemon import Daemon
from maildaemon.demo.servers import SmtpSink
from maildaemon.edge.tables import MAIL, OUTGOING
from maildaemon.settings import Settings
from tests.e2e.mails import typed
from tests.fakes import Clock
from tests.servers.dovecot import Dovecot

ROWS = [("W-100", "Hex bolt small", 10, Decimal("1.20"))]
NUMBERS = itertools.count(1)


def mail(sender, to, subject, body):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">"))
    made.set_content(body)
    return made


def order(sender, to="orders@us.example"):
    """A clear order with a PO number of its own."""
    po = f"PO-{next(NUMBERS):06}"
    return mail(sender, to, f"Purchase order {po}", typed(po, ROWS))


def reply_in_thread(made, answer):
    made["In-Reply-To"] = answer["Message-ID"]
    made["References"] = f"{answer['References'] or ''} {answer['Message-ID']}".strip()
    return made


# --- programs that answer: each turns one message of ours into mails ----------------------------------------------------


def robot_in_thread(answer):
    """No header says that it is one; each answer of ours is answered with a new order, in the thread."""
    return [reply_in_thread(order(answer["To"], answer["From"]), answer)]


def robot_without_thread(answer):
    """New Message-IDs, no References; two new orders for each answer."""
    return [order(answer["To"], answer["From"]) for _ in range(2)]


def absent(answer):
    """An autoresponder that says so in its headers (RFC 3834)."""
    made = absent_unsaid(answer)[0]
    made["Auto-Submitted"] = "auto-replied"
    return [made]


def absent_unsaid(answer):
    """The same, by a program that knows no such headers; it quotes what it answers."""
    quoted = "".join(f"> {line}\n" for line in answer.get_body(("plain",)).get_content().splitlines())
    body = f"I am out of the office until Monday.\n\n{quoted}"
    return [reply_in_thread(mail(answer["To"], answer["From"], f"Out of office: {answer['Subject']}", body), answer)]


def bouncing(answer):
    """A server that takes each message and bounces it afterwards (RFC 3464)."""
    made = EmailMessage()
    made["From"], made["To"] = "MAILER-DAEMON@client1.example", answer["From"]
    made["Subject"] = "Undelivered Mail Returned to Sender"
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain="mx.client1.example")
    made["Auto-Submitted"] = "auto-replied"
    made.set_content(f"I could not deliver your message to {answer['To']}: mailbox full.\n")
    made.add_attachment(answer.as_bytes(), maintype="application", subtype="octet-stream", filename="returned.eml")
    return [made]


# --- the way there and back ---------------------------------------------------------------------------------------------


@dataclass
class Post:
    """Carries our messages to a responder, and what that answers into a mailbox of the server. ``lost`` are headers
    that do not survive the way. ``others`` are addresses that no responder has."""

    server: Dovecot
    sink: SmtpSink
    responder: Callable[[EmailMessage], list[EmailMessage]]
    user: str = "orders"
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    carried: int = 0
    brought: int = 0
    """How many mails the responder has sent."""

    def carry(self):
        """The messages that have left since the last time; the responder has answered them."""
        fresh = [
            email.message_from_bytes(m.raw, policy=email.policy.default) for m in self.sink.messages[self.carried :]
        ]
        self.carried += len(fresh)
        for answer in fresh:
            if answer["To"] in self.others:
                continue
            for name in self.lost:
                del answer[name]
            for made in self.responder(answer):
                self.brought += 1
                # RFC 3834, 3.3: who says that a machine wrote it has an empty envelope sender; the others are like people.
                sender = "" if made["Auto-Submitted"] else parseaddr(made["From"])[1]
                self.server.deliver(made.as_bytes(), self.user, sender)
        return fresh


@dataclass
class House:
    """A daemon that is driven round by round, with a clock that is put forward by hand."""

    settings: Settings
    sink: SmtpSink
    clock: Clock = field(default_factory=lambda: Clock(datetime.now(UTC)))
    left: list[tuple[datetime, EmailMessage]] = field(default_factory=list)

    def __enter__(self):
        self.daemon = Daemon(self.settings, clock=self.clock)
        self.daemon.once()
        return self

    def __exit__(self, *_):
        self.daemon.close()

    def round(self, post):
        self.daemon.once()
        self.left += [(self.clock.now, answer) for answer in post.carry()]

    def to(self, address):
        return [at for at, answer in self.left if answer["To"] == address]

    def outgoing(self):
        """How many messages are in each state."""
        with self.daemon.ledger.database.read() as db:
            return Counter(db.scalars(select(OUTGOING.c.state)))

    def mails(self):
        """How many mails are in each state."""
        with self.daemon.ledger.database.read() as db:
            return Counter(db.scalars(select(MAIL.c.state)))


def most_within(times, span):
    """The most that lie within any such span."""
    return max((sum(first <= at < first + span for at in times) for first in times), default=0)
