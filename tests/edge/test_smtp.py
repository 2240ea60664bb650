"""One message over one SMTP account, whatever the server does."""

import base64
import select
import time

import pytest

from maildaemon.desk import Outgoing, OutgoingState
from maildaemon.edge.credentials import Token
from maildaemon.edge.smtp import SmtpAccount, SmtpError, SmtpTransport, connect, stuffed
from tests.edge.scripted_smtp import CUT, PIPELINING, STALL, Scripted

RAW = b"From: a@b\r\nSubject: x\r\n\r\n.leading dot\r\n..two\r\nend\r\n"
READY, SENT, FAILED, IN_DOUBT = (
    OutgoingState.READY,
    OutgoingState.SENT,
    OutgoingState.FAILED,
    OutgoingState.IN_DOUBT,
)


def message(**changes) -> Outgoing:
    given = {
        "id": 1,
        "mail_id": 1,
        "message_id": "<a@b>",
        "envelope_from": "ack@maker.example",
        "recipient": "buyer@client.example",
        "raw": RAW,
        "attempts": 1,
    }
    return Outgoing(**{**given, **changes})


def account(server: Scripted, **changes) -> SmtpAccount:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "timeout": 5.0,
        "final_timeout": 5.0,
        "local_hostname": "here",
    }
    return SmtpAccount(**{**given, **changes})


class Commit:
    """Counts how often the final dot was announced; knows how many messages had ended by then."""

    def __init__(self, server: Scripted) -> None:
        self.calls = 0
        self._server = server
        self.ended: list[int] = []

    def __call__(self) -> None:
        self.calls += 1
        self.ended.append(len(self._server.messages))


def sent(server: Scripted, one: Outgoing | None = None, **changes):
    transport, commit = SmtpTransport(account(server, **changes)), Commit(server)
    try:
        return transport.send(one or message(), commit), commit
    finally:
        transport.close()


@pytest.fixture(params=[{}, PIPELINING], ids=["one by one", "pipelined"])
def style(request) -> dict:
    return request.param


def test_a_message_is_sent_as_it_is(style):
    with Scripted(style) as server:
        result, commit = sent(server)
        assert (result.state, result.response) == (SENT, "250 2.0.0 queued as 42")
        assert server.messages == [RAW]
        assert (commit.calls, commit.ended) == (1, [0])
        size = f" SIZE={len(RAW)}"
        assert server.commands[:4] == [
            "ehlo here", f"MAIL FROM:<ack@maker.example>{size}", "RCPT TO:<buyer@client.example>", "DATA",
        ]  # fmt: skip


def test_the_null_path_is_an_envelope_sender(style):
    with Scripted(style) as server:
        assert sent(server, message(envelope_from=""))[0].state is SENT
        assert server.commands[1].startswith("MAIL FROM:<>")


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "state"),
    [("450 4.7.1 later", READY), ("421 4.3.2 closing", READY), ("550 5.1.1 nobody", FAILED), ("554 no", FAILED),
     ("gibberish", READY), ("299 what", None)],
)  # fmt: skip
def test_a_refusal_before_the_message_means_later_or_never(style, verb, answer, state):
    with Scripted({**style, verb: answer}) as server:
        result, commit = sent(server)
        if state is None:
            assert result.state is (READY if verb == "DATA" else SENT)
        else:
            assert result.state is state
            assert result.response.startswith(f"{verb}: ")
            assert commit.calls == 0
            assert server.messages == []


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "body"])
def test_a_connection_cut_before_the_dot_means_later(style, verb):
    with Scripted({**style, verb: CUT}) as server:
        result, commit = sent(server, message(raw=RAW + b"x\r\n" * 2_000_000))
        assert result.state is READY
        assert commit.calls == 0
        assert server.messages == []
        assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("said", "state"), [(CUT, READY), ("421 closing", READY), ("451 disk full", READY), ("552 too large", FAILED)]
)
def test_a_server_that_does_not_wait_for_the_dot_gets_none(style, said, state):
    with Scripted({**style, "body": said}) as server:
        transport = SmtpTransport(account(server))

        def committing() -> None:
            """The server has broken off by the time that this is written down."""
            select.select([transport._smtp.sock], [], [], 10)

        result = transport.send(message(), committing)
        assert result.state is state
        assert "final dot" in result.response
        assert server.messages == []
        transport.close()


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_silence_before_the_dot_means_later(style, verb):
    with Scripted({**style, verb: STALL}) as server:
        result, commit = sent(server, timeout=0.2)
        assert result.state is READY
        assert "no answer in time" in result.response
        assert commit.calls == 0


@pytest.mark.parametrize(
    ("answer", "state"),
    [("451 4.3.0 later", READY), ("421 closing", READY), ("552 too large", FAILED), ("550 spam", FAILED),
     (CUT, IN_DOUBT), (STALL, IN_DOUBT), ("gibberish", IN_DOUBT), ("354 what", IN_DOUBT), ("x" * 9000, IN_DOUBT)],
)  # fmt: skip
def test_after_the_dot_only_an_answer_settles_it(style, answer, state):
    with Scripted({**style, "dot": answer}) as server:
        result, commit = sent(server, final_timeout=0.2)
        assert result.state is state
        assert commit.calls == 1
        assert server.messages == [RAW]
        assert len(result.response) < 300


def test_no_dot_is_sent_when_committing_fails(style):
    def refuse() -> None:
        raise RuntimeError("the ledger is gone")

    with Scripted(style) as server:
        transport = SmtpTransport(account(server))
        with pytest.raises(RuntimeError, match="ledger"):
            transport.send(message(), refuse)
        assert transport.send(message(), lambda: None).state is SENT
        transport.close()
    assert server.unfinished == [stuffed(RAW)]
    assert server.messages == [RAW]


def test_a_refused_recipient_with_data_accepted_gets_no_empty_message():
    with Scripted({**PIPELINING, "RCPT": "550 nobody"}) as server:
        transport = SmtpTransport(account(server))
        assert transport.send(message(), lambda: None).state is FAILED
        assert transport.send(message(), lambda: None).state is FAILED
        transport.close()
    assert server.messages == []
    assert server.unfinished == [b"", b""]
    assert len(server.connections) == 2


def test_a_refused_envelope_leaves_the_connection_clean():
    with Scripted({"RCPT": ["550 nobody", "250 fine"]}) as server:
        transport = SmtpTransport(account(server))
        assert transport.send(message(), lambda: None).state is FAILED
        assert transport.send(message(), lambda: None).state is SENT
        transport.close()
    assert [line.split(" ")[0].upper() for line in server.connections[0]] == [
        "EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT",
    ]  # fmt: skip


# --- one connection for many messages ---------------------------------------------------------------------------------


def test_a_connection_is_used_again(style):
    with Scripted(style) as server:
        transport = SmtpTransport(account(server))
        for _ in range(51):
            assert transport.send(message(), lambda: None).state is SENT
        transport.close()
    assert len(server.messages) == 51
    assert [len([line for line in lines if line.startswith("MAIL")]) for lines in server.connections] == [50, 1]


@pytest.mark.parametrize("stale", [{"after": CUT}, {"MAIL": ["250 ok", "421 4.4.2 idle too long"]}])
def test_a_stale_connection_is_replaced_at_once(style, stale):
    with Scripted({**style, **stale}, style) as server:
        transport, commit = SmtpTransport(account(server)), Commit(server)
        assert [transport.send(message(), commit).state for _ in range(2)] == [SENT, SENT]
        transport.close()
    assert len(server.messages) == 2
    assert commit.calls == 2
    assert len(server.connections) == 2


def test_a_server_that_says_no_farewell_does_not_keep_the_daemon_from_ending():
    with Scripted({"QUIT": STALL}) as server:
        transport = SmtpTransport(account(server, timeout=60.0, final_timeout=60.0))
        transport.send(message(), lambda: None)
        began = time.monotonic()
        transport.close()
        assert time.monotonic() - began < 10


def test_a_new_connection_that_breaks_too_means_later():
    with Scripted({"after": CUT}, {"MAIL": CUT}) as server:
        transport = SmtpTransport(account(server))
        assert [transport.send(message(), lambda: None).state for _ in range(2)] == [SENT, READY]
        transport.close()
    assert len(server.connections) == 2


def test_an_idle_connection_is_asked_and_an_old_one_left():
    now = [0.0]
    with Scripted() as server:
        transport = SmtpTransport(account(server), clock=lambda: now[0])
        for pause in (0, 3, 20, 61):
            now[0] += pause
            assert transport.send(message(), lambda: None).state is SENT
        transport.close()
    assert [sum(line.upper() == "RSET" for line in lines) for lines in server.connections] == [1, 0]


# --- addresses and bytes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["", " ", "a@b\r\nRCPT TO:<x@y>", "a@b c", "a@b>", "<a@b", "jörg@client.example", "a@b\x00", "a" * 300],
)
def test_an_address_that_smtp_cannot_carry_never_reaches_the_server(address):
    with Scripted() as server:
        result, commit = sent(server, message(recipient=address))
        assert result.state is FAILED
        assert "not an address" in result.response
        assert result.response.isascii()
        assert "\n" not in result.response
        if address:
            assert sent(server, message(envelope_from=address))[0].state is FAILED
        assert server.connections == []
        assert commit.calls == 0


@pytest.mark.parametrize("raw", [b"a\n.\nb\r\n", b"a\r.\rb\r\n", b"a\r\n.\n", b"\xc3\xa9\r\n"])
def test_bytes_that_could_smuggle_a_second_message_are_not_sent(raw):
    with Scripted() as server:
        assert sent(server, message(raw=raw))[0].state is FAILED
        assert server.connections == []


@pytest.mark.parametrize(
    ("raw", "wire"),
    [(b"", b"\r\n"), (b".", b"..\r\n"), (b".\r\n", b"..\r\n"), (b"a\r\n.\r\nb", b"a\r\n..\r\nb\r\n")],
)
def test_leading_dots_are_doubled(raw, wire):
    assert stuffed(raw) == wire


# --- login ------------------------------------------------------------------------------------------------------------


def ehlo(*extensions: str) -> dict:
    return {"EHLO": "\r\n".join([*(f"250-{one}" for one in ("scripted", *extensions)), "250 HELP"])}


def test_a_password_of_any_letters_logs_in():
    with Scripted(ehlo("AUTH PLAIN LOGIN")) as server:
        assert sent(server, user="jo", secret=lambda: "pässword")[0].state is SENT
    assert base64.b64decode(server.commands[1].split()[-1]) == "\0jo\0pässword".encode()


def test_login_by_login():
    answers = {"AUTH": ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome"]}
    with Scripted({**ehlo("AUTH=LOGIN"), **answers}) as server:
        assert sent(server, user="jo", secret=lambda: "pw")[0].state is SENT
    assert server.commands[1:4] == ["AUTH LOGIN", base64.b64encode(b"jo").decode(), base64.b64encode(b"pw").decode()]


def test_a_refused_password_is_tried_once_and_means_later():
    with Scripted({**ehlo("AUTH PLAIN LOGIN"), "AUTH": "535 5.7.8 bad"}) as server:
        result, commit = sent(server, user="jo", secret=lambda: "hunter2")
        assert result.state is READY
        assert "login refused for jo: 535 5.7.8 bad" in result.response
        assert "hunter2" not in result.response
        assert commit.calls == 0
    assert sum(line.startswith("AUTH") for line in server.commands) == 1


def test_a_refused_token_is_renewed_once():
    tokens = iter(["old", "new"])
    with Scripted({**ehlo("AUTH XOAUTH2"), "AUTH": ["334 eyJ9", "535 expired", "235 welcome"]}) as server:
        assert sent(server, user="jo", secret=lambda: next(tokens), auth="oauth2")[0].state is SENT
    assert server.commands[2] == ""
    assert base64.b64decode(server.commands[3].split()[-1]) == b"user=jo\x01auth=Bearer new\x01\x01"


def test_a_remembered_token_is_forgotten_when_it_is_refused():
    """The command that prints tokens is asked again, not the memory of its last answer."""
    tokens = iter(["old", "new", "one too many"])
    plan = {**ehlo("AUTH XOAUTH2"), "AUTH": ["334 eyJ9", "535 5.7.3 expired", "235 welcome"]}
    with Scripted(plan) as server:
        assert sent(server, user="jo", secret=Token(lambda: next(tokens)), auth="oauth2")[0].state is SENT
    assert base64.b64decode(server.commands[3].split()[-1]) == b"user=jo\x01auth=Bearer new\x01\x01"


def test_a_token_is_renewed_once_and_not_in_a_loop():
    """Providers lock accounts."""
    tokens = iter(["old", "just as old", "one too many"])
    plan = {**ehlo("AUTH XOAUTH2"), "AUTH": ["334 eyJ9", "535 expired", "334 eyJ9", "535 expired"]}
    with Scripted(plan) as server:
        assert sent(server, user="jo", secret=Token(lambda: next(tokens)), auth="oauth2")[0].state is READY
    assert next(tokens) == "one too many"


def test_a_token_that_stays_the_same_is_not_tried_again():
    with Scripted({**ehlo("AUTH XOAUTH2"), "AUTH": ["334 eyJ9", "535 expired"]}) as server:
        assert sent(server, user="jo", secret=lambda: "same", auth="oauth2")[0].state is READY
    assert sum(line.startswith("AUTH") for line in server.commands) == 1


def test_a_secret_that_cannot_be_had_means_later_and_is_not_told():
    def broken() -> str:
        raise ValueError("hunter2 is not a token")

    with Scripted(ehlo("AUTH PLAIN")) as server:
        result, _ = sent(server, user="jo", secret=broken)
        assert result.state is READY
        assert "hunter2" not in result.response
        assert sent(server, user="jo")[0].response.endswith("no password for jo")


def test_no_server_means_later():
    with Scripted() as server:
        gone = server.port
    transport = SmtpTransport(SmtpAccount("127.0.0.1", gone, "none", timeout=2))
    result = transport.send(message(), lambda: None)
    assert result.state is READY
    assert result.response == f"127.0.0.1:{gone}: Connection refused"
    transport.close()


@pytest.mark.parametrize("code", ["530 5.7.0 authentication required", "535 bad", "538 encryption required"])
def test_a_server_that_wants_a_login_does_not_make_a_message_fail(code):
    with Scripted({"MAIL": code}) as server:
        assert sent(server)[0].state is READY


# --- encryption -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_connection_checks_the_certificate(security, context, certificate):
    plan = ehlo("STARTTLS", "PIPELINING")
    with Scripted(plan, tls=context, implicit=security == "tls") as server:
        assert sent(server, security=security, ca_file=certificate[0])[0].state is SENT
        result, _ = sent(server, security=security)
        assert result.state is READY
        assert "the certificate is not trusted" in result.response
    assert server.messages == [RAW]


def test_a_server_that_hangs_up_under_tls_gets_no_dot(context, certificate):
    with Scripted({"body": CUT}, tls=context, implicit=True) as server:
        transport = SmtpTransport(account(server, security="tls", ca_file=certificate[0]))
        result = transport.send(message(), lambda: select.select([transport._smtp.sock], [], [], 10))
        assert result.state is READY
        assert server.messages == []
        transport.close()


def test_nothing_is_said_unencrypted_where_starttls_is_asked():
    with Scripted() as server:
        result, _ = sent(server, security="starttls", user="jo", secret=lambda: "pw")
        assert result.state is READY
        assert "does not offer STARTTLS" in result.response
    assert [line.split(" ")[0] for line in server.commands] == ["ehlo"]


# --- probing ----------------------------------------------------------------------------------------------------------


def test_a_probe_says_what_the_server_offers():
    with Scripted(ehlo("SIZE 26214400", "PIPELINING", "AUTH PLAIN")) as server:
        said = SmtpTransport(account(server, user="jo", secret=lambda: "pw")).probe()
    assert said == "no encryption, signed in as jo; offers PIPELINING, messages up to 25 MB"


def test_a_probe_that_fails_says_why_in_one_line():
    with Scripted({**ehlo("AUTH PLAIN"), "AUTH": "535 5.7.8\tbad\x1b[2J"}) as server:
        with pytest.raises(SmtpError) as refused:
            SmtpTransport(account(server, user="jo", secret=lambda: "pw")).probe()
    assert str(refused.value) == f"127.0.0.1:{server.port}: login refused for jo: 535 5.7.8 bad [2J"


@pytest.mark.parametrize("greeting", ["421 busy", "554 go away", "SSH-2.0-OpenSSH", CUT])
def test_a_server_that_does_not_welcome_us_is_an_error_in_one_line(greeting):
    with Scripted({"greeting": greeting}) as server:
        with pytest.raises(SmtpError) as refused:
            connect(account(server))
    assert "\n" not in str(refused.value)


def test_a_server_that_only_accepts_is_given_up_in_time():
    with Scripted({"greeting": STALL}) as server:
        begun = time.monotonic()
        with pytest.raises(SmtpError, match="no answer in time"):
            connect(account(server, connect_timeout=0.2))
        assert time.monotonic() - begun < 3


# --- the archive's blind copy -----------------------------------------------------------------------------------------


def test_the_archive_gets_its_copy_in_the_same_transaction(style):
    with Scripted(style) as server:
        result, _ = sent(server, archive="archive@maker.example")
    assert (result.state, result.uncopied) == (SENT, None)
    assert [c for c in server.commands if c.startswith("RCPT")] == [
        "RCPT TO:<buyer@client.example>", "RCPT TO:<archive@maker.example>",
    ]  # fmt: skip
    assert len(server.messages) == 1


@pytest.mark.parametrize("answer", ["550 5.1.1 no archive", "450 4.2.1 later", "452 4.5.3 too many"])
def test_an_archive_that_is_refused_keeps_no_answer_back_and_is_noticed(style, answer):
    with Scripted({**style, "RCPT": ["250 ok", answer]}) as server:
        result, commit = sent(server, archive="archive@maker.example")
    assert (result.state, result.uncopied, commit.calls) == (SENT, answer, 1)
    assert len(server.messages) == 1


@pytest.mark.parametrize(("answer", "state"), [("550 5.1.1 nobody", FAILED), ("450 4.2.1 later", READY)])
def test_a_client_that_is_refused_gets_nothing_though_the_archive_would_take_it(style, answer, state):
    with Scripted({**style, "RCPT": [answer, "250 ok"]}) as server:
        result, commit = sent(server, archive="archive@maker.example")
    assert (result.state, commit.calls, server.messages) == (state, 0, [])
    assert result.response == f"RCPT: {answer}"


def test_a_server_that_closes_down_at_the_archive_is_tried_again_later(style):
    with Scripted({**style, "RCPT": ["250 ok", "421 4.3.2 closing"]}) as server:
        result, commit = sent(server, archive="archive@maker.example")
    assert (result.state, commit.calls, server.messages) == (READY, 0, [])
