"""The sample mails: filled in with today's dates, delivered, and judged by where they ended."""

import email
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from importlib import resources
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from maildaemon.demo.servers import Account, Delivered
from maildaemon.masterdata import TABLES, TableName

REVIEW, PROCESSED, INBOX = "Review", "Processed", "INBOX"
FOLDERS = {"inbox": INBOX, "processed": PROCESSED, "review": REVIEW}

_TEMPLATE = re.compile(r"\{\{(?:date:([+-]\d{1,3})(?::([^{}]{1,40}))?|now(?::-(\d{1,4})m)?|stamp(?::-(\d{1,4})h)?)\}\}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail and where it must end. ``raw`` has CRLF line ends; ``folder`` is a key of FOLDERS. ``later``: it comes
    when the others are answered, for it is about one of them."""

    name: str
    title: str
    raw: bytes
    message_id: str
    sender: str
    folder: str
    acknowledgements: int = 0
    words: tuple[str, ...] = ()
    because: str | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A sample that did not end as it should, with what was found instead; ``sample`` is its name."""

    sample: str
    what: str

    def __str__(self) -> str:
        return f"{self.sample}: {self.what}"


def fill(text: str, now: datetime) -> str:
    """Replace ``{{date:+14}}``, ``{{date:+14:%d.%m.%Y}}``, ``{{now}}``, ``{{now:-3m}}`` (RFC 5322), ``{{stamp}}`` and
    ``{{stamp:-240h}}`` (ISO 8601).

    A day to come that falls on a weekend becomes the Monday after it, as a client would ask for.
    """

    def value(match: re.Match[str]) -> str:
        days, form, minutes, hours = match.groups()
        if days is not None:
            day = (now + timedelta(days=int(days))).date()
            if int(days) > 0 and day.weekday() > 4:
                day += timedelta(days=7 - day.weekday())
            return day.strftime(form or "%Y-%m-%d")
        if "stamp" in match[0]:
            return (now - timedelta(hours=int(hours or 0))).isoformat(timespec="seconds")
        return format_datetime(now - timedelta(minutes=int(minutes or 0)))

    return _TEMPLATE.sub(value, text)


def mail(source: bytes, now: datetime) -> bytes:
    """A mail's bytes as they travel: templates filled in, every line end CRLF. What is no UTF-8 stays as it is."""
    text = fill(source.decode("utf-8", "surrogateescape"), now)
    return re.sub(r"\r?\n", "\r\n", text).encode("utf-8", "surrogateescape")


def samples(now: datetime) -> tuple[Sample, ...]:
    """Every sample, in the order of delivery."""
    data = resources.files(__package__) / "data"
    expected: dict[str, Any] = tomllib.loads((data / "expected.toml").read_text("utf-8"))
    found = []
    for name, entry in expected.items():
        raw = mail((data / "mails" / f"{name}.eml").read_bytes(), now)
        head = email.message_from_bytes(raw, policy=policy.compat32)
        sender = getaddresses([str(head["From"])])[0][1]
        words = tuple(entry.get("words", ()))
        found.append(
            Sample(name, entry["title"], raw, str(head["Message-ID"]).strip(), sender, entry["folder"],
                   entry.get("acknowledgements", 0), words, entry.get("because"), entry.get("later", False))
        )  # fmt: skip
    return tuple(found)


def master_data(folder: Path, now: datetime) -> dict[TableName, Path]:
    """Write the master data into the folder, in the order in which they can be imported: kind → file."""
    data = resources.files(__package__) / "data"
    files: dict[TableName, Path] = {}
    for kind in TABLES:
        files[kind] = folder / f"{kind}.csv"
        files[kind].write_text(fill((data / f"{kind}.csv").read_text("utf-8"), now), "utf-8")
    return files


@contextmanager
def logged_in(account: Account) -> Iterator[IMAPClient]:
    """A connection of our own, not the daemon's."""
    client = IMAPClient(account.host, account.port, ssl=False, timeout=SocketTimeout(connect=10, read=20))
    try:
        # Without this each literal costs 40 ms (Nagle's algorithm against delayed acknowledgements).
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(account.user, account.password)
        yield client
    finally:
        client.shutdown()


def deliver(account: Account, raws: tuple[bytes, ...]) -> None:
    """Lay the mails into INBOX, unseen, one after another."""
    with logged_in(account) as client:
        for raw in raws:
            client.append(INBOX, raw)


# --- where they ended -------------------------------------------------------------------------------------------------


def folders(account: Account) -> dict[str, list[str]]:
    """Message-ID → the folders in which it lies, one entry per copy."""
    found: dict[str, list[str]] = {}
    with logged_in(account) as client:
        for _, _, folder in client.list_folders():
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            for row in client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).values() if uids else ():
                header = next((value for key, value in row.items() if key.startswith(b"BODY[")), b"")
                _, _, identity = header.decode("utf-8", "replace").partition(":")
                found.setdefault(identity.strip(), []).append(folder)
    return found


def notes(account: Account) -> dict[str, str]:
    """Message-ID of a stopped mail → what the note beside it says, in one line."""
    found: dict[str, str] = {}
    with logged_in(account) as client:
        if not client.folder_exists(REVIEW):
            return found
        client.select_folder(REVIEW, readonly=True)
        uids = client.search("ALL")
        for row in client.fetch(uids, ["BODY.PEEK[]"]).values() if uids else ():
            message = email.message_from_bytes(row[b"BODY[]"], policy=policy.default)
            body = message.get_body(("plain",))
            if _header(message, "X-Maildaemon-Id").startswith("note") and isinstance(body, EmailMessage):
                found[_header(message, "In-Reply-To")] = " ".join(body.get_content().split())
    return found


def verify(account: Account, sink: tuple[Delivered, ...], expected: tuple[Sample, ...]) -> tuple[Problem, ...]:
    """Judge by the IMAP folders and by what the SMTP server got, never by the daemon's own word."""
    where = folders(account)
    answers = [(message, email.message_from_bytes(message.raw, policy=policy.default)) for message in sink]
    said = notes(account)
    problems: list[Problem] = []
    for sample in expected:
        problems += [Problem(sample.name, what) for what in _misplaced(sample, where.get(sample.message_id, []))]
        own = [answer for answer in answers if _header(answer[1], "In-Reply-To") == sample.message_id]
        problems += [Problem(sample.name, what) for what in _misanswered(sample, own)]
        if sample.because is not None and sample.because not in said.get(sample.message_id, ""):
            problems.append(Problem(sample.name, f"the note beside it does not say {sample.because!r}"))
    known = {sample.message_id for sample in expected}
    strangers = [message for message, answer in answers if _header(answer, "In-Reply-To") not in known]
    problems += [Problem("(no sample)", f"a message was sent to {_plain(m.recipients)}") for m in strangers]
    return tuple(problems)


def _misplaced(sample: Sample, found: list[str]) -> Iterator[str]:
    wanted = FOLDERS[sample.folder]
    if found != [wanted]:
        yield f"should lie in {wanted}, once; it lies in {', '.join(found) or 'no folder'}"


def _misanswered(sample: Sample, own: list[tuple[Delivered, EmailMessage]]) -> Iterator[str]:
    if len(own) != sample.acknowledgements:
        yield f"should get {sample.acknowledgements} acknowledgement(s), got {len(own)}"
    for message, answer in own:
        if message.recipients != (sample.sender,):
            yield f"its acknowledgement went to {_plain(message.recipients)}"
        yield from _injected(message.raw)
        body = answer.get_body(("plain",))
        text = body.get_content() if isinstance(body, EmailMessage) else ""
        missing = [word for word in sample.words if word not in text]
        if missing:
            yield f"its acknowledgement does not say {', '.join(missing)}"


def _injected(raw: bytes) -> Iterator[str]:
    """A mail's text must never become a header of our answer, nor reach a terminal as control characters."""
    head = raw.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0].lower() for line in re.split(rb"[\r\n]+", head)}
    for name in sorted(names & {b"bcc", b"cc", b"x-injected"}):
        yield f"its acknowledgement has an injected header {name.decode()}"
    subject = _header(email.message_from_bytes(raw, policy=policy.default), "Subject")
    if re.search(rb"[^\t\x20-\x7e]", head.replace(b"\r\n", b"")) or not subject.isprintable():
        yield "its acknowledgement has a header with characters that do not print"


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, "")).strip()


def _plain(recipients: tuple[str, ...]) -> str:
    return ", ".join(recipients)[:200]
