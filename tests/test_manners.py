"""May a machine answer this mail?"""

import pytest

from maildaemon.manners import no_answer
from maildaemon.model import Kind
from maildaemon.read import read

OURS, US = frozenset({"us.example"}), frozenset({"orders@us.example"})


def reasons(
    head: str = "", sender: str = "jo@acme.example", to: str = "orders@us.example", kind: Kind = Kind.ORDER, own=US
):
    raw = f"From: {sender}\r\nTo: {to}\r\nSubject: PO\r\n{head}\r\nx"
    mail, _ = read(raw.encode())
    return no_answer(mail, kind, OURS, own)


def test_a_clients_own_mail_may_be_answered():
    assert (
        reasons(
            "Return-Path: <jo@acme.example>\r\nAuto-Submitted: no\r\nX-Auto-Response-Suppress: OOF\r\nPrecedence: normal\r\n"
        )
        == ()
    )


@pytest.mark.parametrize("head", [
    "Auto-Submitted: auto-generated\r\n", "Auto-Submitted: auto-replied; owner-email=x\r\n", "Auto-Submitted: AUTO-NOTIFIED\r\n",
    "Return-Path: <>\r\n", "Return-Path:\r\n",
    *(f"{name}: <x>\r\n" for name in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Post", "List-Help", "List-Subscribe",
                                      "List-Owner", "List-Archive", "Mailing-List", "X-Mailing-List")),
    *(f"Precedence: {value}\r\n" for value in ("bulk", "List", "junk", "auto_reply")),
    *(f"{name}: x\r\n" for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Loop", "X-Cron-Env", "Feedback-ID")),
    "Delivered-To: Autoresponder\r\n",
    "X-Auto-Response-Suppress: All\r\n", "X-Auto-Response-Suppress: DR, AutoReply\r\n",
    "Content-Type: multipart/report; boundary=b\r\n",
    "X-Maildaemon-Id: 1\r\n", "Message-ID: <ack.1@us.example>\r\n", "Reply-To: orders@us.example\r\n",
    "References: " + " ".join(f"<{n}@x.example>" for n in range(101)) + "\r\n",
    "References: <1@us.example> <2@us.example> <3@us.example>\r\n",
])  # fmt: skip
def test_a_machines_a_lists_and_our_own_mail_is_not_answered(head):
    assert len(reasons(head)) >= 1


@pytest.mark.parametrize("local", [
    "mailer-daemon", "MAILER-DAEMON", "postmaster", "no-reply", "noreply", "noreply+4711", "do-not-reply", "donotreply", "bounce",
    "bounces", "owner-list", "list-request", "list-bounces", "listserv", "majordomo", "abuse", "root", "no-reply-orders",
])  # fmt: skip
def test_nobodys_address_is_not_answered(local):
    assert reasons(sender=f"{local}@acme.example") != ()


@pytest.mark.parametrize("sender", ["orders@us.example", "someone@US.example", "nobody-at-all"])
def test_ourselves_and_nobody_are_not_answered(sender):
    assert reasons(sender=sender) != ()


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.READ_RECEIPT, Kind.AUTO_REPLY, Kind.BULK, Kind.REPORT])
def test_a_machines_kind_is_not_answered(kind):
    assert reasons(kind=kind) != ()


def test_a_mail_to_others_is_not_answered():
    assert reasons(to="somebody@else.example") == ("it is not addressed to us",)


@pytest.mark.parametrize(
    "head",
    [
        "Cc: orders@us.example\r\n",
        "Delivered-To: orders@us.example\r\n",
        "X-Original-To: Orders@us.example\r\n",
        "Cc: orders+acme@us.example\r\n",
    ],
)
def test_a_mail_that_reached_us_otherwise_may_be_answered(head):
    assert reasons(head, to="somebody@else.example") == ()


def test_nothing_is_said_of_the_recipient_when_nobody_told_our_addresses():
    assert reasons(to="somebody@else.example", own=frozenset()) == ()
