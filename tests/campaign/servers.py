"""Servers that an episode has for itself: an SMTP server that misbehaves, certificates, and a bounce."""

import subprocess
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import format_datetime
from pathlib import Path

from maildaemon.desk import MailState
from tests.campaign.sink import Kept
from tests.campaign.world import World
from tests.e2e.mails import Expected, crlf
from tests.servers.faulty_smtp import FaultySmtp, Session

BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {key}
In-Reply-To: {of}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1"

--=_1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--=_1
Content-Type: message/rfc822

"""


class Smtp(FaultySmtp):
    """As the campaign's sink: the archive's copies are delivered to it and are no recipients to the checks."""

    def __init__(self, world: World, *, pipelining: bool) -> None:
        super().__init__(pipelining=pipelining, login=True)
        self.archive = world.sink.archive if hasattr(world.sink, "archive") else world.sink._archive

    def keep(self, session: Session) -> None:
        copies = [address for address in session.recipients if address.startswith("archive-")]
        for address in copies:
            self.archive(address, session.body)
        others = tuple(address for address in session.recipients if address not in copies)
        with self._lock:
            self._kept.append(Kept(session.sender, others, session.body))


def certificates(folder: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    """Two certificates for 127.0.0.1 with their keys, made once: one that is trusted and another one."""
    return _certificate(folder / "trusted"), _certificate(folder / "other")


def _certificate(folder: Path) -> tuple[str, str]:
    files = str(folder / "cert.pem"), str(folder / "key.pem")
    try:
        folder.mkdir()
    except FileExistsError:
        _until_there(folder / "ready")
        return files
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
               "-out", files[0], "-keyout", files[1]]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    (folder / "ready").touch()
    return files


def _until_there(path: Path) -> None:
    from tests.servers.conditions import until

    assert until(path.exists, 60)


def bounce(world: World, session: Session) -> None:
    """The server has taken the message, could not deliver it, and says so in a mail (RFC 3464)."""
    sent = message_from_bytes(session.body)
    key = f"<bounce.{len(world.listed)}.{world.user}@mx.example>"
    raw = crlf(
        BOUNCE.format(
            key=key, date=format_datetime(datetime.now(UTC)), to=sent["From"], of=sent["Message-ID"],
            recipient=session.recipients[0],
        ).encode("ascii")
        + session.body
        + b"\n--=_1--\n"
    )  # fmt: skip
    world.listed.append(Expected(raw, key, "Review", MailState.REVIEW, answered=False))
    world.delivered.append(raw)
    world.server.deliver(raw, world.user, "")
