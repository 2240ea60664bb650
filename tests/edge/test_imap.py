"""The IMAP edge on real servers."""

import contextlib
import imaplib
import time
from datetime import UTC, datetime, timedelta

import pytest

from maildaemon.desk import FolderMissing, LoginRefused, Mailbox, MailboxError
from maildaemon.edge.imap import ImapMailbox
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot as another_dovecot


def mail(number: int = 1, body: bytes = b"five pieces, please\r\n") -> bytes:
    return b"From: b@client.test\r\nSubject: PO %d\r\nMessage-ID: <%d@client.test>\r\n\r\n%b" % (number, number, body)


def put(account, *raws: bytes, folder: str = "INBOX") -> None:
    """As another program would."""
    with ImapMailboxFor(account) as box:
        for raw in raws:
            box.append(folder, raw)


@contextlib.contextmanager
def ImapMailboxFor(account):
    box = ImapMailbox(account)
    box.connect()
    try:
        yield box
    finally:
        box.close()


@contextlib.contextmanager
def plain_client(account):
    client = imaplib.IMAP4(account.host, account.port, timeout=10)
    client.login(account.user, account.secret())
    try:
        yield client
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def test_it_is_the_mailbox_that_the_story_asks_for(account):
    box: Mailbox = ImapMailbox(account(1))
    assert box is not None


class TestOnEitherServer:
    def test_a_folder_is_listed_with_sizes_dates_and_message_ids(self, either, mailboxes):
        put(
            either,
            mail(1),
            b"Subject: no id\r\n\r\ntext\r\n",
            b"Message-ID: a b\r\nSubject: no sound one\r\n\r\ntext\r\n",
        )
        box = mailboxes(either)
        uids = box.state("INBOX").uids
        listed, envelopes = box.listing("INBOX", (*uids, 999)), box.envelopes("INBOX", uids)
        assert [one.message_id for one in listed.values()] == ["<1@client.test>", None, None]
        assert not any(one.deleted for one in listed.values())
        with plain_client(either) as client:
            client.select("INBOX")
            client.uid("STORE", str(uids[1]), "+FLAGS", r"(\Deleted)")
        box.state("INBOX")
        assert [one.deleted for one in box.listing("INBOX", uids).values()] == [False, True, False]
        assert {u: (one.size, one.internal_date) for u, one in listed.items()} == {
            u: (envelope.size, envelope.internal_date) for u, envelope in envelopes.items()
        }

    def test_a_folder_is_made_once(self, either, mailboxes):
        box = mailboxes(either)
        assert box.ensure_folder("Manual Review") is True
        assert box.ensure_folder("Manual Review") is False
        assert box.ensure_folder("INBOX") is False

    def test_a_folder_name_may_have_umlauts_levels_and_wildcards(self, either, mailboxes):
        box = mailboxes(either)
        box.ensure_folder("Aufträge")
        assert box.ensure_folder("Auftr%ge") is True
        assert box.ensure_folder("Aufträge/Erledigt & geprüft") is True
        box.append("Aufträge/Erledigt & geprüft", mail())
        assert len(box.state("Aufträge/Erledigt & geprüft").uids) == 1
        assert box.state("Aufträge").uids == ()

    def test_new_mail_is_seen_at_the_next_look(self, either, mailboxes):
        box = mailboxes(either)
        first = box.state("INBOX")
        assert first.uids == ()
        put(either, mail(1), mail(2))
        second = box.state("INBOX")
        assert len(second.uids) == 2
        assert second.uidvalidity == first.uidvalidity
        assert second.uids == tuple(sorted(second.uids))
        assert second.uidnext > second.uids[-1]

    def test_bytes_are_fetched_without_marking_them_seen(self, either, mailboxes):
        put(either, mail(1), mail(2))
        box = mailboxes(either)
        uids = box.state("INBOX").uids
        assert list(box.fetch("INBOX", uids).values()) == [mail(1), mail(2)]
        with plain_client(either) as client:
            client.select("INBOX", readonly=True)
            assert client.search(None, "SEEN")[1] == [b""]

    def test_sizes_and_dates_come_before_bytes(self, either, mailboxes):
        put(either, mail())
        box = mailboxes(either)
        (uid,) = box.state("INBOX").uids
        envelope = box.envelopes("INBOX", [uid])[uid]
        assert envelope.size == len(mail())
        assert envelope.internal_date.tzinfo is UTC
        assert abs(datetime.now(UTC) - envelope.internal_date) < timedelta(minutes=2)

    def test_a_uid_that_vanished_is_absent(self, either, mailboxes):
        put(either, mail(1), mail(2), mail(3))
        box = mailboxes(either)
        uids = box.state("INBOX").uids
        with ImapMailboxFor(either) as other:
            other.move("INBOX", uids[1:2], "Elsewhere")
        assert box.state("INBOX").uids == (uids[0], uids[2])
        assert set(box.fetch("INBOX", uids)) == {uids[0], uids[2]}
        assert set(box.envelopes("INBOX", uids)) == {uids[0], uids[2]}
        assert box.fetch("INBOX", [uids[1]]) == {}

    def test_the_last_message_is_not_taken_for_a_later_one(self, either, mailboxes):
        """UID n:* names the last message even when its UID is smaller; we ask for lists only."""
        put(either, mail())
        box = mailboxes(either)
        (uid,) = box.state("INBOX").uids
        assert box.fetch("INBOX", [uid + 5]) == {}

    def test_moving_to_a_missing_folder_makes_it(self, either, mailboxes):
        put(either, mail(1), mail(2))
        box = mailboxes(either)
        box.move("INBOX", box.state("INBOX").uids, "Processed")
        assert box.state("INBOX").uids == ()
        assert len(box.state("Processed").uids) == 2

    def test_moving_twice_is_moving_once(self, either, mailboxes):
        put(either, mail(1), mail(2))
        box = mailboxes(either)
        uids = box.state("INBOX").uids
        box.move("INBOX", uids[:1], "Processed")
        box.move("INBOX", uids, "Processed")
        box.move("INBOX", uids, "Processed")
        box.move("INBOX", [], "Processed")
        assert box.state("INBOX").uids == ()
        assert len(box.state("Processed").uids) == 2

    def test_those_already_moved_by_a_person_do_not_stop_the_others(self, either, mailboxes):
        put(either, mail(1), mail(2), mail(3))
        box = mailboxes(either)
        uids = box.state("INBOX").uids
        with ImapMailboxFor(either) as person:
            person.move("INBOX", uids[:1], "By Hand")
        box.move("INBOX", uids, "Processed")
        assert len(box.state("Processed").uids) == 2
        assert len(box.state("By Hand").uids) == 1

    def test_a_message_is_found_by_its_message_id_alone(self, either, mailboxes):
        put(either, mail(1), mail(11), folder="Manual Review")
        box = mailboxes(either)
        first, second = box.state("Manual Review").uids
        assert box.find("Manual Review", "<1@client.test>") == (first,)
        assert box.find("Manual Review", "<11@client.test>") == (second,)
        assert box.find("Manual Review", "<2@client.test>") == ()

    def test_what_was_appended_meanwhile_is_found(self, either, mailboxes):
        put(either, mail(1), folder="Manual Review")
        box = mailboxes(either)
        assert box.find("Manual Review", "<7@client.test>") == ()
        put(either, mail(7), folder="Manual Review")
        assert len(box.find("Manual Review", "<7@client.test>")) == 1

    def test_a_large_message_comes_whole(self, either, mailboxes):
        large = mail(1, (b"z" * 76 + b"\r\n") * 150_000)
        assert len(large) > 11 * 10**6
        put(either, large)
        box = mailboxes(either)
        assert box.fetch("INBOX", box.state("INBOX").uids) == {box.state("INBOX").uids[0]: large}

    def test_a_wrong_password_is_refused(self, either, account):
        box = ImapMailbox(account(either.port, either.user, "hun\\ter \"2'2"))
        with pytest.raises(LoginRefused) as caught:
            box.connect()
        assert "hun" not in str(caught.value)

    def test_after_an_error_it_can_be_connected_again(self, either, mailboxes):
        box = mailboxes(either)
        with pytest.raises(MailboxError, match="control characters"):
            box.state("two\r\nlines")
        with pytest.raises(MailboxError, match="not connected"):
            box.state("INBOX")
        box.connect()
        assert box.state("INBOX").uids == ()

    def test_a_missing_folder_is_told_apart_and_the_connection_goes_on(self, either, mailboxes):
        box = mailboxes(either)
        with pytest.raises(FolderMissing, match="no folder 'No such folder'"):
            box.state("No such folder")
        assert box.state("INBOX").uids == ()

    @pytest.mark.parametrize("before", [0, 2])
    @pytest.mark.parametrize("after", [0, 1])
    def test_a_folder_made_anew_has_another_uidvalidity(self, either, mailboxes, before, after):
        """Told at once, or the connection breaks and the next one tells; never the old folder's state."""
        put(either, *[mail(n) for n in range(before)], folder="Orders")
        box = mailboxes(either)
        box.ensure_folder("Orders")
        old = box.state("Orders")
        with plain_client(either) as client:
            client.delete("Orders")
            _pass(old.uidvalidity)
            client.create("Orders")
            for n in range(after):
                client.append("Orders", None, None, mail(n))
        try:
            new = box.state("Orders")
        except MailboxError:
            box.connect()
            new = box.state("Orders")
        assert new.uidvalidity != old.uidvalidity
        assert len(new.uids) == after

    def test_uids_of_a_folder_that_was_made_anew_are_refused(self, either, mailboxes):
        put(either, mail(1), folder="Orders")
        box = mailboxes(either)
        old = box.state("Orders")
        box.state("INBOX")
        with plain_client(either) as client:
            client.delete("Orders")
            _pass(old.uidvalidity)
            client.create("Orders")
            client.append("Orders", None, None, mail(2))
        with pytest.raises(MailboxError, match="UIDVALIDITY"):
            box.fetch("Orders", old.uids)
        box.connect()
        with pytest.raises(MailboxError, match="UIDVALIDITY"):
            box.move("Orders", old.uids, "Processed")
        box.connect()
        box.fetch("Orders", box.state("Orders").uids)


def _pass(uidvalidity: int) -> None:
    """Dovecot's UIDVALIDITY is the second in which a folder was made, or the next free one."""
    end = max(int(time.time()) + 1, uidvalidity + 1 if uidvalidity - time.time() < 3 else 0)
    until(lambda: time.time() >= end)


@pytest.mark.dovecot
class TestOnDovecot:
    @pytest.fixture
    def box(self, dovecot, account, user, mailboxes):
        return mailboxes(account(dovecot.imap_port, user))

    def test_bytes_come_as_they_were_delivered(self, dovecot, box, user):
        """8-bit bytes, bare line feeds and NUL-free junk: what LMTP took is what is fetched."""
        odd = (
            b"Subject: \xe4\xf6\xfc \xff\r\nX: y\nZ: bare\r\n\r\n\xc3\xa9 \x80\x81\nbare\n\r\n.dot\r\n"
            + b"w" * 3000
            + b"\r\n"
        )
        dovecot.deliver(odd, user)
        (raw,) = box.fetch("INBOX", box.state("INBOX").uids).values()
        assert raw.endswith(odd.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def test_bytes_in_the_store_come_as_a_mail_program_sees_them(self, dovecot, box, user):
        """A maildir holds bare line feeds; the server hands out CRLF, which is the message."""
        box.state("INBOX")
        file = dovecot.maildir(user) / "new" / "1700000000.M1P1.host"
        file.write_bytes(b"Subject: \xe4\n\n\x80 body\n")
        file.chmod(0o644)
        (raw,) = box.fetch("INBOX", box.state("INBOX").uids).values()
        assert raw == b"Subject: \xe4\r\n\r\n\x80 body\r\n"

    def test_a_lost_uidlist_is_another_uidvalidity(self, dovecot, box, user):
        """Dovecot renumbers UIDs then: a UID alone is no key."""
        dovecot.deliver_all([mail(1), mail(2), mail(3)], user)
        old = box.state("INBOX")
        box.move("INBOX", old.uids[:1], "Processed")
        box.close()
        _pass(old.uidvalidity)
        for file in dovecot.maildir(user).glob("dovecot*"):
            file.unlink()
        box.connect()
        with pytest.raises(MailboxError, match="UIDVALIDITY has changed"):
            box.fetch("INBOX", old.uids)
        box.connect()
        new = box.state("INBOX")
        assert new.uidvalidity != old.uidvalidity
        assert new.uids == (1, 2)

    def test_a_person_who_expunges_does_not_break_the_batch(self, dovecot, box, user):
        dovecot.deliver_all([mail(n) for n in range(20)], user)
        uids = box.state("INBOX").uids
        with dovecot.imap(user) as person:
            person.select()
            person.store("1:10", "+FLAGS", "\\Deleted")
            person.expunge()
        assert set(box.fetch("INBOX", uids)) == set(uids[10:])

    def test_a_batch_of_fifty_is_fetched_and_moved_fast(self, dovecot, box, user):
        """The budget is 0.45 ms per mail of 5 kB on a quiet machine; the bound tells a wait of 40 ms per mail, on any."""
        dovecot.deliver_all([mail(n, b"five thousand octets, please\r\n" * 170) for n in range(50)], user)
        uids = box.state("INBOX").uids
        started = time.perf_counter()
        assert len(box.fetch("INBOX", uids)) == 50
        fetched = time.perf_counter()
        box.move("INBOX", uids, "Processed")
        moved = time.perf_counter()
        print(f"\nfetch {(fetched - started) * 20:.3f} ms per mail, move {(moved - fetched) * 20:.3f} ms per mail")
        assert (fetched - started) / 50 < 0.03
        assert (moved - fetched) / 50 < 0.03

    def test_a_literal_costs_no_forty_milliseconds(self, box):
        box.ensure_folder("Notes")
        started = time.perf_counter()
        for number in range(20):
            box.append("Notes", mail(number))
        assert time.perf_counter() - started < 0.7

    def test_an_account_with_a_prefix_and_dots_is_used_by_the_same_names(self, account, mailboxes):
        with another_dovecot(separator=".", prefix="INBOX.") as server:
            box = mailboxes(account(server.imap_port))
            server.deliver(mail())
            box.move("INBOX", box.state("INBOX").uids, "Orders/Processed")
            assert server.folders() >= {"INBOX", "INBOX.Orders.Processed"}
            assert len(server.folder(name="INBOX.Orders.Processed")) == 1

    @pytest.mark.parametrize("capability", ["IMAP4rev1 UIDPLUS IDLE NAMESPACE", "IMAP4rev1 IDLE"])
    def test_a_server_without_move_copies_then_deletes_by_uid(self, account, mailboxes, capability):
        with another_dovecot(capability=capability) as server:
            server.deliver_all([mail(n) for n in range(5)])
            with server.imap() as person:
                person.select()
                person.store("5", "+FLAGS", "\\Deleted")
            box = mailboxes(account(server.imap_port))
            uids = box.state("INBOX").uids
            box.move("INBOX", uids[:3], "Processed")
            box.move("INBOX", uids[:3], "Processed")
            assert len(server.folder(name="Processed")) == 3
            # What a person marked is never expunged by us.
            left = len(server.folder(name="INBOX"))
            assert left == (2 if "UIDPLUS" in capability else 5)


@pytest.mark.dovecot
class TestTls:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, dovecot):
        with another_dovecot(tls=True) as server:
            yield server

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_a_trusted_certificate_is_accepted(self, server, account, mailboxes, security):
        port = server.imaps_port if security == "tls" else server.imap_port
        server.deliver(mail(), user=security)
        box = mailboxes(account(port, security, security=security, ca_file=server.ca_file))
        assert len(box.fetch("INBOX", box.state("INBOX").uids)) == 1

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_an_unknown_certificate_is_refused(self, server, account, security):
        port = server.imaps_port if security == "tls" else server.imap_port
        with pytest.raises(MailboxError, match="certificate is not trusted: self-signed certificate"):
            ImapMailbox(account(port, security=security)).connect()

    def test_a_server_without_starttls_is_refused(self, dovecot, account):
        with pytest.raises(MailboxError, match="STARTTLS"):
            ImapMailbox(account(dovecot.imap_port, security="starttls")).connect()
