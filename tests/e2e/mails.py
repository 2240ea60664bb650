"""Mixed mails with what must become of each: a seeded generator for the tests against real servers."""

import random
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from maildaemon.desk import MailState
from maildaemon.edge import playbooks

CLIENTS = tuple((f"C-{number}", f"Client {number} GmbH", f"client{number}.example") for number in range(1, 21))
ARTICLES = tuple(
    (f"W-{number}", f"{name} {size}", Decimal(price))
    for number, (name, size, price) in enumerate(
        [(name, size, price) for name in ("Hex bolt", "Flange nut", "Pipe clamp", "Grease gun")
         for size, price in (("small", "1.20"), ("medium", "3.45"), ("large", "12.00"))],
        100,
    )
)  # fmt: skip
CUSTOMERS = "number,name,domains,currency,country,standing,ship_to,payment_terms\n" + "".join(
    f'{n},{name},{domain},EUR,DE,ok,"{name}, 1 Hafen, 20095 Hamburg",30 days net\n' for n, name, domain in CLIENTS
)
PRODUCTS = "sku,description,unit,list_price,currency\n" + "".join(f"{s},{d},EA,{p},EUR\n" for s, d, p in ARTICLES)


def stock() -> str:
    """Counted a month ago: a test may put its clock back as well."""
    counted = (datetime.now(UTC) - timedelta(days=30)).isoformat(timespec="seconds")
    return "sku,on_hand,as_of\n" + "".join(f"{sku},1000000,{counted}\n" for sku, _, _ in ARTICLES)


def unhurried(rules: Path) -> Path:
    """The shipped rules in a house that counts its stock once a year: a test's clock may go on for days."""
    shutil.copytree(playbooks.shipped("rules"), rules)
    text = (rules / "shipping.toml").read_text()
    (rules / "shipping.toml").write_text(text.replace("stock_hours = 24", "stock_hours = 8784"))
    return rules


@dataclass(frozen=True)
class Expected:
    raw: bytes
    message_id: str
    folder: str
    state: MailState
    answered: bool
    po_number: str | None = None
    copies: int = 0
    """How many times more the same mail is delivered; the copies stay where they arrived."""
    read: bool = True
    fetched: bool = True
    """The ledger holds its bytes; one that is too large is neither fetched nor read."""
    lies: tuple[str, ...] | None = None
    """The folders of ours that it lies in, where a person has had a hand in it."""
    overtaken: bool = False
    """A change comes behind it: an answer that has not left by then is held back, and waits for a person."""


def mixed(count: int, luck: random.Random, first: int = 1) -> list[Expected]:
    """``first``: from where their PO numbers count; the same numbers are repeats of the same orders."""
    makers = [
        text_order,
        html_order,
        csv_order,
        portal_order,
        stranger,
        incomplete,
        wrong_sum,
        newsletter,
        bounce,
        absence,
        talk,
    ]
    chances = [30, 15, 10, 5, 8, 6, 6, 8, 4, 4, 4]
    return [luck.choices(makers, chances)[0](number, luck) for number in range(first, first + count)]


def crlf(raw: bytes) -> bytes:
    """As it goes over a wire."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


def message(number: int, luck: random.Random, subject: str, body: str, sender: str | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender or f"Purchasing <buyer@{luck.choice(CLIENTS)[2]}>"
    mail["To"] = "Orders <orders@us.example>"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{number}.{luck.randrange(10**9)}@mail.example>"
    mail.set_content(body)
    return mail


def lines(luck: random.Random) -> list[tuple[str, str, int, Decimal]]:
    return [(sku, text, luck.randint(1, 40), price) for sku, text, price in luck.sample(ARTICLES, luck.randint(1, 6))]


def typed(po: str, rows: list[tuple[str, str, int, Decimal]], extra: Decimal = Decimal(0)) -> str:
    total = sum((quantity * price for _, _, quantity, price in rows), extra)
    due = (datetime.now(UTC) + timedelta(days=21)).date()
    table = "".join(f"{s:<10}{t:<26}{q:>6}{p:>14}{q * p:>14}\n" for s, t, q, p in rows)
    return (
        f"Dear team,\n\nplease supply:\n\nPO number: {po}\nRequested delivery date: {due}\n\n"
        f"{'Item':<10}{'Description':<26}{'Qty':>6}{'Unit price':>14}{'Amount':>14}\n{table}\n"
        f"Total EUR: {total}\n\nKind regards\nPurchasing\n"
    )


def acknowledged(mail: EmailMessage, po: str, *, answered: bool = True) -> Expected:
    return Expected(mail.as_bytes(), mail["Message-ID"], "Processed", MailState.ACKNOWLEDGED, answered, po)


def repeated(mail: EmailMessage, po: str) -> Expected:
    """Answered that the order came before."""
    return Expected(mail.as_bytes(), mail["Message-ID"], "Processed", MailState.IGNORED, answered=True, po_number=po)


def reviewed(mail: EmailMessage) -> Expected:
    return Expected(mail.as_bytes(), mail["Message-ID"], "Review", MailState.REVIEW, answered=False)


def ignored(mail: EmailMessage) -> Expected:
    return Expected(mail.as_bytes(), mail["Message-ID"], "INBOX", MailState.IGNORED, answered=False)


def text_order(number, luck):
    po = f"PO-{number:05}"
    return acknowledged(message(number, luck, f"Purchase order {po}", typed(po, lines(luck))), po)


def html_order(number, luck):
    po, rows = f"4500{number:06}", lines(luck)
    cells = "".join(f"<tr><td>{s}</td><td>{t}</td><td>{q}</td><td>{p}</td><td>{q * p}</td></tr>" for s, t, q, p in rows)
    total = sum(q * p for _, _, q, p in rows)
    mail = message(number, luck, f"Order {po}", "Our order is in the HTML part of this mail.")
    mail.add_alternative(
        f"<html><body><p>Purchase order: {po}</p><table><tr><th>Article</th><th>Description</th><th>Quantity</th>"
        f"<th>Price</th><th>Amount</th></tr>{cells}</table><p>Total: EUR {total}</p></body></html>",
        subtype="html",
    )
    return acknowledged(mail, po)


def csv_order(number, luck):
    po, rows = f"CS-{number:05}", lines(luck)
    mail = message(number, luck, f"Purchase order {po}", f"Please find our order {po} attached.\n")
    table = "".join(f"{po},{s},{t},{q},{p},EUR\n" for s, t, q, p in rows)
    data = f"PO number,SKU,Description,Quantity,Unit price,Currency\n{table}".encode()
    mail.add_attachment(data, maintype="text", subtype="csv", filename="order.csv")
    return acknowledged(mail, po)


def portal_order(number, luck):
    po = f"PT-{number:05}"
    mail = message(number, luck, f"Purchase order {po}", typed(po, lines(luck)), f"noreply@{luck.choice(CLIENTS)[2]}")
    mail["Auto-Submitted"] = "auto-generated"
    return acknowledged(mail, po, answered=False)


def stranger(number, luck):
    po = f"PO-{number:05}"
    return reviewed(message(number, luck, f"Purchase order {po}", typed(po, lines(luck)), "who@stranger.example"))


def incomplete(number, luck):
    return reviewed(message(number, luck, "Purchase order", "Please send us some W-100 and W-101, as last time.\n"))


def wrong_sum(number, luck):
    po = f"PO-{number:05}"
    body = typed(po, lines(luck), Decimal("7.77"))
    return reviewed(message(number, luck, f"Purchase order {po}", body))


def newsletter(number, luck):
    mail = message(number, luck, "Autumn offers for your workshop", "20 % off all orders of gloves until Friday!\n")
    mail["List-Unsubscribe"] = "<https://news.example/off>"
    mail["Precedence"] = "bulk"
    return ignored(mail)


def bounce(number, luck):
    mail = message(
        number,
        luck,
        "Undelivered Mail Returned to Sender",
        "Your message could not be delivered.\n",
        "MAILER-DAEMON@mx.example",
    )
    mail["Auto-Submitted"] = "auto-replied"
    return ignored(mail)


def absence(number, luck):
    mail = message(number, luck, "Out of office: Re: your mail", "I am out of the office until Monday.\n")
    mail["Auto-Submitted"] = "auto-replied"
    return ignored(mail)


def talk(number, luck):
    return ignored(message(number, luck, "Lunch on Friday?", "Shall we meet at the canteen at noon? Best, Jo\n"))
