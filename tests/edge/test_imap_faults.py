"""The IMAP edge behind a proxy that injects one fault: what was done stays done, what was not can be done again."""

import email

import pytest

from maildaemon.desk import MailboxError
from maildaemon.edge.imap import ImapMailbox
from tests.servers.imap_proxy import (
    Fault,
    bye,
    cut,
    late,
    lying_literal,
    meanwhile,
    other_uid,
    refuse,
    stall,
    stall_within,
    unheard,
    unsolicited,
    without_data,
)

pytestmark = pytest.mark.dovecot
BODY = b"five pieces, please\r\n" * 40


def mail(number):
    return b"From: b@client.test\r\nSubject: PO %d\r\nMessage-ID: <%d@client.test>\r\n\r\n%b" % (number, number, BODY)


RAWS = [mail(number) for number in range(1, 4)]
BROKEN = {
    "cut at 0": cut(0),
    "cut at 1": cut(1),
    "cut in the middle": cut("half"),
    "cut at the last octet": cut("last"),
    "cut unheard": unheard,
    "silence": stall(done=False),
    "silence after it is done": stall(done=True),
    "silence in the middle": stall_within(0.5),
    "BYE": bye(done=False),
    "BYE after it is done": bye(done=True),
}
LYING = {
    "a literal larger": lying_literal(lambda size: size + 100),
    "a literal smaller": lying_literal(lambda size: size - 100),
    "a literal of four gigabytes": lying_literal(lambda size: 2**32),
    "a literal of nothing": lying_literal(lambda size: 0),
}
TALKATIVE = {
    "another UID": other_uid,
    "no data": without_data,
    "EXISTS": unsolicited("* 3 EXISTS", "* 0 RECENT"),
    "late": late(0.1),
}


@pytest.fixture
def proxied(dovecot, user, account, proxy):
    """The proxy, and a mailbox with three mails that speaks through it."""
    dovecot.deliver_all(RAWS, user)
    box = ImapMailbox(account(proxy.port, user, read_timeout=0.5, connect_timeout=0.5))
    box.connect()
    yield proxy, box
    box.close()


def tried(box, what):
    """Whether it went without trouble; where not, connected anew."""
    try:
        what()
    except MailboxError:
        box.connect()
        return False
    return True


def injected(proxy, fault):
    assert proxy.injected == [fault.name]
    proxy.heal()


def body(raw):
    return email.message_from_bytes(raw)["Message-ID"], raw[-len(BODY) :]


WHOLE = sorted(body(raw) for raw in RAWS)


@pytest.mark.parametrize("name", [*BROKEN, *LYING, *TALKATIVE])
def test_a_fetch_that_is_disturbed_gives_whole_mails_or_none(proxied, name):
    proxy, box = proxied
    uids = box.state("INBOX").uids
    fault = Fault(name, r"FETCH .*BODY\.PEEK\[\]", {**BROKEN, **LYING, **TALKATIVE}[name])
    proxy.arm(fault)
    got = {}
    whole = tried(box, lambda: got.update(box.fetch("INBOX", uids)))
    assert whole == (name in TALKATIVE)
    assert not whole or sorted(body(raw) for raw in got.values()) == WHOLE
    injected(proxy, fault)
    assert sorted(body(raw) for raw in box.fetch("INBOX", uids).values()) == WHOLE


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("verb", ["SELECT", "UID SEARCH", "UID MOVE", "APPEND"])
def test_a_command_that_is_cut_off_can_be_repeated(dovecot, user, proxied, verb, name):
    """A move is done once; a note that was laid there is found by its Message-ID before it is laid there again."""
    proxy, box = proxied
    box.ensure_folder("Done")
    uids = box.state("INBOX").uids
    fault = Fault(f"{verb}: {name}", f"^{verb}", BROKEN[name])
    proxy.arm(fault)
    for _ in range(2):
        tried(box, lambda: box.state("INBOX"))
        tried(box, lambda: box.move("INBOX", uids[:2], "Done"))
        tried(box, lambda: box.find("Done", "<9@client.test>") or box.append("Done", mail(9)))
    assert sorted(body(raw)[0] for raw in dovecot.folder(user, "Done")) == [f"<{n}@client.test>" for n in (1, 2, 9)]
    assert [body(raw)[0] for raw in dovecot.folder(user)] == ["<3@client.test>"]
    injected(proxy, fault)


@pytest.mark.parametrize("text", ["NO [OVERQUOTA] full", "NO refused", "BAD what", "NO [UNAVAILABLE] later"])
@pytest.mark.parametrize("verb", ["SELECT", "UID FETCH", "UID MOVE", "APPEND"])
def test_a_refusal_changes_nothing(dovecot, user, proxied, verb, text):
    proxy, box = proxied
    box.ensure_folder("Done")
    uids = box.state("INBOX").uids
    fault = Fault(f"{verb}: {text}", f"^{verb}", refuse(text), times=100)
    proxy.arm(fault)
    did = {
        "SELECT": lambda: box.state("INBOX"),
        "UID FETCH": lambda: box.fetch("INBOX", uids),
        "UID MOVE": lambda: box.move("INBOX", uids, "Done"),
        "APPEND": lambda: box.append("Done", mail(9)),
    }[verb]
    assert not tried(box, did)
    assert len(dovecot.folder(user)) == 3
    assert dovecot.folder(user, "Done") == []
    assert fault.done >= 1
    proxy.heal()
    assert tried(box, did)


def test_a_move_that_was_done_and_is_said_to_be_refused_is_not_done_twice(dovecot, user, proxied):
    proxy, box = proxied
    box.ensure_folder("Done")
    uids = box.state("INBOX").uids
    fault = Fault("MOVE done", "^UID MOVE", refuse("NO refused", done=True))
    proxy.arm(fault)
    box.move("INBOX", uids, "Done")
    injected(proxy, fault)
    assert (len(dovecot.folder(user)), len(dovecot.folder(user, "Done"))) == (0, 3)


def test_mails_that_another_program_expunges_before_the_fetch_are_missing_and_no_other(dovecot, user, proxied):
    proxy, box = proxied
    uids = box.state("INBOX").uids

    def expunge():
        with dovecot.imap(user) as client:
            client.select("INBOX")
            client.uid("STORE", str(uids[1]), "+FLAGS", "\\Deleted")
            client.expunge()

    fault = Fault("expunged", r"FETCH .*BODY\.PEEK\[\]", meanwhile(expunge))
    proxy.arm(fault)
    assert sorted(body(raw) for raw in box.fetch("INBOX", uids).values()) == [WHOLE[0], WHOLE[2]]
    injected(proxy, fault)


@pytest.mark.parametrize("act", [late(0.2), late(2), cut(0), cut(5), bye(done=False), stall(done=True)])
def test_a_greeting_that_is_late_or_cut_ends_in_a_connection_or_a_clear_word(proxied, act):
    proxy, box = proxied
    fault = Fault("greeting", "^GREETING$", act)
    proxy.arm(fault)
    box.close()
    tried(box, box.connect)
    assert len(box.state("INBOX").uids) == 3
    injected(proxy, fault)
