"""Attacks 14 to 16: text of a mail on its way into a header, an IMAP command, a path."""

import base64
import unicodedata

import pytest

from maildaemon.decide import Stand, asked, decide
from maildaemon.edge.imap import ImapAccount, ImapMailbox
from maildaemon.model import Action, Known, Reading
from maildaemon.reply import CannotAnswer, acknowledgement, note
from tests.reply.builders import HEADERS, MESSAGE_ID, NOW, TOKEN, UNTHREADED, decided, identity, parsed
from tests.servers.scripted import scripted
from tests.worlds import PLAYBOOK

INJECTIONS = (
    "=?UTF-8?Q?=0D=0A?=Bcc: x@evil.example", "=?UTF-8?B?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=", "4711\r\nBcc: x@evil.example",
    "4711\nBcc: x@evil.example", "4711\rBcc: x@evil.example", "4711%0d%0aBcc: x@evil.example", "4711\u2028Bcc: x@evil.example",
    "4711\x0bBcc: x@evil.example", "4711\x85Bcc: x@evil.example", "=?utf-8?q?4711=0A=0A<script>?=", "4711\\r\\nBcc: x@evil.example",
    "=?x?q?=?= =?utf-8?q?=0D?= Bcc: x@evil.example",
)  # fmt: skip
CODED = [f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?=" for text in INJECTIONS]
PLACES = {
    "subject": "Subject: Purchase order {}\r\n\r\nPO number: 4711",
    "display name": 'From: "{}" <buyer@client.example>\r\n\r\nPO number: 4711',
    "po number": "Subject: Purchase order\r\n\r\nPO number: {}",
    "message-id": "Message-ID: <{}@client.example>\r\n\r\nPO number: 4711",
    "references": "References: <{}@client.example>\r\n\r\nPO number: 4711",
    "file name": 'Subject: Order\r\nContent-Type: text/plain; name="{}"\r\n\r\nPO number: 4711',
    "article": "Subject: Order\r\n\r\nPO number: 4711\r\nItem: {}\r\nQuantity: 5",
}


@pytest.mark.parametrize("text", [*INJECTIONS, *CODED])
@pytest.mark.parametrize("place", PLACES)
def test_14_line_breaks_on_their_way_into_an_answer(read, place, text):
    """Whatever is decided, no message of ours carries a header that we did not mean."""
    head = "" if place == "display name" else "From: buyer@client.example\r\n"
    found = read.mail((head + PLACES[place].replace("{}", text) + "\r\n").encode())
    assert isinstance(found, Reading)
    answers, refusal = [], ""
    try:
        answer = acknowledgement(
            decided(*found.orders), found.mail, identity(), now=NOW, message_id=MESSAGE_ID, token=TOKEN
        )
        answers.append(answer.raw)
    except CannotAnswer as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert all(parsed(raw).keys() in (HEADERS, UNTHREADED) for raw in answers)
    known = tuple(Known() for _ in asked(found))
    decision = decide(found, known, PLAYBOOK, Stand(), content="x")
    assert decision.action is not Action.ACKNOWLEDGE
    answers.append(note(decision, found.mail, identity(), now=NOW, message_id=MESSAGE_ID))
    assert not any("Bcc" in parsed(raw) for raw in answers)


IDS = (
    '"<a@b>"\r\nA1 STORE 1:* +FLAGS (\\Deleted)', '<a@b>" A1 LOGOUT', "<a@b>\r\nA1 EXPUNGE", "<a@b>\nA1 EXPUNGE", "<a b@c>",
    '<a"@b>', "<a\\@b>", "<a@b>{5}", "<a\x00@b>", "<é@b>", "", "<" + "a" * 5000 + "@b>",
)  # fmt: skip


def test_15_commands_in_a_message_id():
    """One line per command reaches the server, and none of it is the mail's."""
    with scripted({}) as server:
        mailbox = ImapMailbox(ImapAccount("box", "127.0.0.1", server.port, "none", "u", lambda: "p"))
        mailbox.connect()
        found = [mailbox.find("INBOX", each) for each in IDS]
        assert mailbox.find("INBOX", "<sound@client.example>") == ()
        mailbox.close()
    searches = [line for line in server.commands() if "SEARCH" in line]
    assert searches[-1:] == ['UID SEARCH HEADER Message-ID "<sound@client.example>"']
    assert {line.split()[0] for line in server.commands()} <= {
        "CAPABILITY", "LOGIN", "SELECT", "EXAMINE", "NOOP", "UID", "LOGOUT", "ID", "ENABLE", "NAMESPACE",
    }  # fmt: skip
    assert not any(word in line for line in server.commands() for word in ("STORE", "EXPUNGE", "DELETE"))
    assert found == [()] * len(IDS)


NAMES = (
    "..\\..\\x", "C:\\x", "..", ".", "../../etc/passwd", "/etc/passwd", "a\x00b.pdf", "\u202efdp.exe", "x" * 300, "x" * 300 + ".pdf",
    " ", "", "con", "a\r\nb.pdf", "=?utf-8?q?=2E=2E=2Fx?=", "\u200b", "．．／x", "-rf", "~root", "a/b\\c.pdf", "\ud800.pdf",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_16_names_of_attachments(read, name):
    """A name is shown, and nothing is ever stored or opened by it."""
    raw = name.encode("utf-8", "surrogatepass")
    head = b"From: a@client.example\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="
    quoted = raw.replace(b"\\", b"\\\\")
    for given in (b'"' + quoted + b'"', b"=?utf-8?b?" + base64.b64encode(raw) + b"?="):
        found = read.mail(head + given.replace(b"\r\n", b"\r\n ") + b"\r\n\r\n%PDF-1.4")
        assert isinstance(found, Reading)
        for document in found.documents:
            assert document.name.strip(" .")
            assert len(document.name) <= 120
            assert not {"/", "\\"} & set(document.name.removeprefix("unnamed 1 (application/pdf)"))
            assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in document.name)
