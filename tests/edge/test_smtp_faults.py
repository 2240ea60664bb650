"""The SMTP edge against a server that does one wrong thing: only what was cut off behind the final dot is in doubt."""

import contextlib

import pytest

from maildaemon.desk import Outgoing, OutgoingState
from maildaemon.edge.smtp import SmtpAccount, SmtpTransport
from tests.servers.faulty_smtp import (
    Fault,
    FaultySmtp,
    answer,
    cut,
    cut_within,
    kept_but,
    late,
    refuse_recipient,
    stall,
)

READY, SENT, FAILED, IN_DOUBT = (
    OutgoingState.READY,
    OutgoingState.SENT,
    OutgoingState.FAILED,
    OutgoingState.IN_DOUBT,
)
RAW = b"From: a@b\r\nSubject: x\r\nMessage-ID: <1@us.example>\r\n\r\n" + b".leading dot and more\r\n" * 200
LONG = RAW + b"more\r\n" * 2_000_000
VERBS = ("GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "DOT")
TEMPORARY = ("421 4.3.2 going down", "450 4.2.1 busy", "451 4.3.0 later", "452 4.3.1 full", "454 4.7.0 not now")
FINAL = ("550 5.1.1 no such user", "552 5.2.2 full", "554 5.7.1 refused")


@pytest.fixture(params=[True, False], ids=["pipelining", "lockstep"])
def server(request):
    with FaultySmtp(pipelining=request.param, login=True) as made:
        yield made


@pytest.fixture
def patient(server):
    """For long messages: a busy machine takes its time, and nothing is waited for in vain."""
    with contextlib.closing(SmtpTransport(account(server, timeout=20, final_timeout=20, connect_timeout=20))) as made:
        yield made


@pytest.fixture
def transport(server):
    with contextlib.closing(SmtpTransport(account(server))) as made:
        yield made


def account(server, **changes):
    given = {"user": "u", "secret": lambda: "p", "security": "none", "timeout": 0.4, "final_timeout": 0.4}
    return SmtpAccount(
        "127.0.0.1", server.port, **{**given, "connect_timeout": 0.4, "local_hostname": "here", **changes}
    )


def message(raw=RAW):
    return Outgoing(1, 1, "<1@us.example>", "ack@us.example", "buyer@client.example", raw, 1)


def send(transport, raw=RAW):
    return transport.send(message(raw), lambda: None).state


@pytest.mark.parametrize("text", TEMPORARY)
@pytest.mark.parametrize("verb", VERBS)
def test_a_temporary_refusal_at_any_verb_is_tried_again_and_then_sent_once(server, transport, verb, text):
    server.arm(Fault("refused", verb, answer(text)))
    # A 421 to a MAIL says nothing about the message, so where the connection was used before it is asked anew at once.
    assert send(transport) == READY
    assert server.messages == ()
    assert server.injected == ["refused"]
    assert send(transport) == SENT
    assert server.ids() == {"<1@us.example>": 1}
    assert server.messages[0].raw == RAW


@pytest.mark.parametrize("text", FINAL)
@pytest.mark.parametrize("verb", VERBS)
def test_a_final_refusal_speaks_of_the_message_only_once_the_message_is_spoken_of(server, transport, verb, text):
    server.arm(Fault("refused", verb, answer(text)))
    assert send(transport) == (READY if verb in {"GREETING", "EHLO", "AUTH"} else FAILED)
    assert server.messages == ()
    assert server.injected == ["refused"]


@pytest.mark.parametrize("act", [cut(), stall()], ids=["cut", "stall"])
@pytest.mark.parametrize("verb", VERBS[:-1])
def test_what_breaks_before_the_final_dot_is_never_in_doubt(server, transport, verb, act):
    server.arm(Fault("broken", verb, act))
    assert send(transport) == READY
    assert server.injected == ["broken"]
    assert send(transport) == SENT
    assert server.ids() == {"<1@us.example>": 1}


@pytest.mark.parametrize("size", [0, 1, 1000, len(LONG) // 2])
def test_a_message_that_is_cut_off_in_its_middle_is_sent_again(server, patient, size):
    """A short one is on its way as a whole, its final dot too, before its sender hears that nobody listens."""
    server.arm(Fault("cut within", "BODY", cut_within(size)))
    assert send(patient, LONG) == READY
    assert send(patient, LONG) == SENT
    assert server.ids() == {"<1@us.example>": 1}
    assert server.injected == ["cut within"]


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (cut(), 0),
        (cut(kept=True), 1),
        (stall(), 0),
        (stall(kept=True), 1),
        (late(1, kept=True), 1),
        (late(1, kept=False), 0),
        (kept_but("999 what"), 1),
        (kept_but("354 go on"), 1),
    ],
)
def test_what_is_cut_off_behind_the_final_dot_is_in_doubt(server, transport, act, kept):
    server.arm(Fault("behind the dot", "DOT", act, doubtful=True))
    assert send(transport) == IN_DOUBT
    assert server.doubtful == {"<1@us.example>"}
    assert len(server.messages) == kept


def test_a_server_that_takes_the_message_and_never_answers_leaves_a_doubt(server, transport):
    server.arm(Fault("silent", "BODY", stall()))
    assert send(transport) == IN_DOUBT


def test_of_two_recipients_the_refused_one_is_told_from_the_other(server, transport):
    server.arm(Fault("one refused", "RCPT", refuse_recipient("buyer@client.example", "550 5.1.1 no such user")))
    assert send(transport) == FAILED
    assert server.messages == ()


def test_a_server_that_is_not_encrypted_as_asked_gets_nothing(server):
    """Without STARTTLS, and with a certificate that nobody vouches for."""
    result = SmtpTransport(account(server, security="starttls")).send(message(), lambda: None)
    assert (result.state, "STARTTLS" in result.response) == (READY, True)
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.heard)


@pytest.mark.parametrize("implicit", [True, False], ids=["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_gets_nothing(context, implicit):
    with FaultySmtp(tls=context, implicit=implicit, login=True) as server:
        security = "tls" if implicit else "starttls"
        result = SmtpTransport(account(server, security=security, timeout=5)).send(message(), lambda: None)
    assert (result.state, "certificate" in result.response) == (READY, True)
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.heard)
