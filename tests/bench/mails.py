"""Orders as they come in numbers: 5 kB, ten lines, out of a seeded generator, with the master data that they match."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

PRODUCTS, CUSTOMERS, LINES, SIZE = 1_000, 50, 10, 5_000

NOUNS = ("bearing", "bolt", "bracket", "bushing", "clamp", "coupling", "filter", "flange", "gasket", "hose", "nozzle",
         "pump", "relay", "seal", "sensor", "shaft", "spring", "switch", "valve", "washer")  # fmt: skip
KINDS = ("brass", "ceramic", "galvanised", "heavy duty", "inline", "nylon", "rubber", "stainless", "steel", "twin")
TOWNS = ("Ashford", "Brackley", "Corby", "Dunmore", "Ennis")

LEGAL = (
    "This message and its attachments are meant for the addressee and may be confidential.",
    "If you have received it in error, please tell the sender and delete it from your system.",
    "Our general terms of purchase apply, as published on our website, to every order we place.",
    "Terms of the supplier that differ from ours become part of the contract only in writing.",
    "Goods are received from Monday to Thursday between seven and three, on Friday until noon.",
    "Invoices name our order and go to our accounts department, never with the goods.",
    "Registered office in the town named above; the register of companies is kept there too.",
    "Please consider the environment before you print this message or any part of it.",
)


@dataclass(frozen=True, slots=True)
class Article:
    sku: str
    description: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """One mail, CRLF line ends, and what identifies it."""

    message_id: str
    po_number: str
    sender: str
    raw: bytes


def catalogue() -> tuple[Article, ...]:
    dice = random.Random(1)
    return tuple(
        Article(
            f"{chr(65 + n % 20)}{chr(65 + n // 20 % 20)}-{10_000 + 7 * n}",
            f"{KINDS[n % 10].capitalize()} {NOUNS[n // 10 % 20]}, series {n // 200 + 1}",
            Decimal(dice.randint(100, 4_999)) / 100,
        )
        for n in range(PRODUCTS)
    )


def master_data(folder: Path) -> dict[str, Path]:
    """Write the master data in the order in which it can be imported: kind → file."""
    customers = [
        (
            f"C-{1000 + n}",
            company(n),
            domain(n),
            f"orders@{domain(n)}",
            "EUR",
            "30 days net",
            "900000",
            "ok",
            "en",
            "DE",
            f"{company(n)}, 1 Hafen, 20095 Hamburg",
        )
        for n in range(CUSTOMERS)
    ]
    products = [(a.sku, a.description, "EA", a.price, "EUR", "yes") for a in catalogue()]
    tables = {
        "customers": (
            "number,name,domains,emails,currency,payment_terms,credit_limit,standing,language,country,ship_to",
            customers,
        ),
        "products": ("sku,description,unit,list_price,currency,active", products),
        "stock": ("sku,on_hand", [(a.sku, 100_000) for a in catalogue()]),
    }
    files = {}
    for kind, (head, rows) in tables.items():
        files[kind] = folder / f"{kind}.csv"
        with files[kind].open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head.split(","))
            writer.writerows(rows)
    return files


def company(n: int) -> str:
    return f"{TOWNS[n % 5]} {NOUNS[n // 5].capitalize()} Works Ltd"


def domain(n: int) -> str:
    return f"{TOWNS[n % 5].lower()}-{NOUNS[n // 5]}-works.example"


def orders(count: int, *, run: str, seed: int = 7) -> Iterator[Order]:
    """The same seed gives the same orders; ``run`` keeps the Message-IDs and PO numbers of two runs apart."""
    dice, articles, now = random.Random(seed), catalogue(), datetime.now(UTC)
    for number in range(count):
        yield _order(dice, articles, now, run, number)


def _order(dice: random.Random, articles: tuple[Article, ...], now: datetime, run: str, number: int) -> Order:
    client = dice.randrange(CUSTOMERS)
    host, po = domain(client), f"PO-{run.upper()}-{100_000 + number}"
    message_id = f"<{run}.{number}.{dice.getrandbits(48):012x}@{host}>"
    chosen = [(article, dice.randint(1, 40)) for article in dice.sample(articles, LINES)]
    rows = [
        f"{a.sku:<10} {a.description:<34} {quantity:>5} {a.price:>10,.2f} {a.price * quantity:>12,.2f}"
        for a, quantity in chosen
    ]
    total = sum((a.price * quantity for a, quantity in chosen), Decimal(0))
    body = f"""Dear Sir or Madam,

please supply the following articles.

PO number: {po}
Order date: {now.date()}
Delivery date: {(now + timedelta(days=14)).date()}
Currency: EUR

SKU        Description                          Qty      Price       Amount
{chr(10).join(rows)}

Total EUR: {total:,.2f}

Kind regards
{company(client)}
Purchasing department
Telephone +44 1632 960{client:03}
"""
    head = f"""Received: from mail.{host} (mail.{host} [192.0.2.{client + 1}])
 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
 key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)
 (No client certificate requested)
 by mx.bench.example (Postfix) with ESMTPS id {dice.getrandbits(44):011X}
 for <orders@bench.example>; {format_datetime(now)}
Received: from app.{host} (unknown [10.0.{client}.7])
 by mail.{host} (Postfix) with ESMTPSA id {dice.getrandbits(44):011X}
 for <orders@bench.example>; {format_datetime(now)}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=mail; t={int(now.timestamp())};
 h=from:from:reply-to:subject:subject:date:date:message-id:message-id:to:to:cc:
 mime-version:mime-version:content-type:content-type;
 bh={_noise(dice, 43)}=;
 b={_folded(_noise(dice, 342))}==
Authentication-Results: mx.bench.example; dkim=pass header.d={host} header.s=mail;
 spf=pass (sender IP is 192.0.2.{client + 1}) smtp.mailfrom=orders@{host};
 dmarc=pass (policy=reject) header.from={host}
Date: {format_datetime(now)}
From: {company(client)} <orders@{host}>
To: orders@bench.example
Subject: Purchase order {po}
Message-ID: {message_id}
User-Agent: Mozilla Thunderbird
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
"""
    # What surrounds a real order is as long as the order: a legal notice fills the mail to its size.
    notice = "-- \n" + "\n".join(LEGAL * 6)
    raw = f"{head}\n{body}{notice}".replace("\n", "\r\n").encode()
    return Order(message_id, po, f"orders@{host}", raw[:SIZE].rsplit(b"\r\n", 1)[0] + b"\r\n")


def _noise(dice: random.Random, length: int) -> str:
    return "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=length))


def _folded(text: str) -> str:
    return "\n  ".join(text[start : start + 70] for start in range(0, len(text), 70))
