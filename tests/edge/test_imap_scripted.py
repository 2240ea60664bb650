"""The IMAP edge against servers that lie, break off, refuse, and lack what they should have."""

import base64
import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.desk import LoginRefused, MailboxError
from maildaemon.edge.imap import MESSAGE_ID, ImapMailbox
from maildaemon.edge.imap_connection import plain
from tests.servers.scripted import Peer, quiet, refuse, say, scripted

SIZED = say('* 1 FETCH (UID 5 RFC822.SIZE 10 INTERNALDATE " 1-Nov-2026 10:00:00 +0100")')


def bodies(*parts: bytes):
    """Those untagged FETCH responses."""
    return lambda peer, tag, rest: peer.raw(b"".join(parts) + f"{tag} OK done\r\n".encode())


def body(uid: int, raw: bytes, size: int | None = None) -> bytes:
    return b"* 1 FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, len(raw) if size is None else size, raw)


@pytest.fixture
def against(account, mailboxes):
    """A connected mailbox on that server; FETCH, SEARCH and so on come as the test says."""

    def make(server, **more):
        return mailboxes(account(server.port, **more))

    return make


class TestConnecting:
    def test_nobody_listens(self, account):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with pytest.raises(MailboxError, match=f"box: connecting to 127.0.0.1:{port}: Connection refused") as caught:
            ImapMailbox(account(port)).connect()
        assert not isinstance(caught.value, LoginRefused)

    def test_no_such_host(self, account):
        nowhere = account(143)
        nowhere = type(nowhere)("box", "no.such.host.invalid", 143, "none", "u", lambda: "p")
        with pytest.raises(MailboxError, match=r"connecting to no\.such.host\.invalid:143"):
            ImapMailbox(nowhere).connect()

    def test_a_silent_server_is_given_up(self, account):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(MailboxError, match="no answer in time"):
                ImapMailbox(account(port, connect_timeout=0.2)).connect()

    def test_a_server_that_falls_silent_is_given_up(self, against):
        with scripted({"SELECT": quiet}) as server:
            box = against(server, read_timeout=0.2)
            with pytest.raises(MailboxError, match="looking into INBOX: no answer in time"):
                box.state("INBOX")

    def test_segments_are_sent_at_once_and_dead_peers_noticed(self, against):
        with scripted() as server:
            box = against(server)
            sock = box._client.socket()
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert sock.gettimeout() == 20.0

    def test_a_goodbye_as_greeting_is_no_refusal(self, account):
        with scripted(greeting="* BYE too many connections") as server, pytest.raises(MailboxError) as caught:
            ImapMailbox(account(server.port)).connect()
        assert not isinstance(caught.value, LoginRefused)

    def test_the_connection_is_closed_after_an_error(self, against):
        there = say('* LIST () "/" "INBOX"')
        with scripted({"SELECT": refuse("[SERVERBUG] no"), "LIST": there}) as server:
            box = against(server)
            with pytest.raises(MailboxError):
                box.state("INBOX")
            assert server.peers[0].closed.wait(30)

    def test_closing_says_goodbye(self, against):
        with scripted() as server:
            box = against(server)
            box.close()
            box.close()
            assert server.commands()[-1] == "LOGOUT"

    def test_closing_does_not_wait_for_a_dead_server(self, against):
        with scripted({"LOGOUT": quiet}) as server:
            box = against(server, read_timeout=60)
            box.close()
            assert server.peers[0].closed.wait(30)


class TestLogin:
    def test_a_refused_login_says_what_the_server_said_and_no_secret(self, account):
        echo = refuse("[AUTHENTICATIONFAILED] hunt\\er22 is wrong\x07, really")
        with scripted({"LOGIN": echo}) as server, pytest.raises(LoginRefused) as caught:
            ImapMailbox(account(server.port, password="hunt\\er22")).connect()
        assert str(caught.value) == "box: login refused: [AUTHENTICATIONFAILED] … is wrong\\x07, really"
        assert caught.value.__cause__ is None
        assert server.peers[0].closed.wait(30)

    @pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
    def test_a_busy_server_is_no_wrong_password(self, account, code):
        with scripted({"LOGIN": refuse(f"[{code}] later")}) as server, pytest.raises(MailboxError) as caught:
            ImapMailbox(account(server.port)).connect()
        assert not isinstance(caught.value, LoginRefused)

    def test_a_connection_that_breaks_at_login_is_no_wrong_password(self, account):
        def hang_up(peer: Peer, tag: str, rest: str) -> None:
            raise EOFError

        with scripted({"LOGIN": hang_up}) as server, pytest.raises(MailboxError) as caught:
            ImapMailbox(account(server.port)).connect()
        assert not isinstance(caught.value, LoginRefused)

    def test_user_and_password_are_quoted(self, account, mailboxes):
        with scripted() as server:
            mailboxes(account(server.port, 'do main\\us"er', 'pa ss\\wo"rd'))
            assert r'LOGIN "do main\\us\"er" "pa ss\\wo\"rd"' in server.commands()

    def test_a_password_beyond_ascii_goes_by_plain(self, account, mailboxes):
        def plain_login(peer: Peer, tag: str, rest: str) -> None:
            peer.send("+ ")
            peer.plain = base64.b64decode(peer.line())
            peer.send(f"{tag} OK in")

        with scripted({"AUTHENTICATE": plain_login}) as server:
            mailboxes(account(server.port, "orders", "schlüssel"))
            assert server.peers[0].plain == "\0orders\0schlüssel".encode()

    @pytest.mark.parametrize("password", ["", "two\r\nlines", "nul\0"])
    def test_a_password_that_could_end_the_command_is_never_sent(self, account, password):
        with scripted() as server:
            with pytest.raises(LoginRefused, match="empty or holds control characters"):
                ImapMailbox(account(server.port, password=password)).connect()
            assert not any("LOGIN" in command for command in server.commands())


class Tokens:
    """Access tokens, the next one after each refresh."""

    def __init__(self, *tokens: str) -> None:
        self.tokens, self.refreshed = list(tokens), 0

    def __call__(self) -> str:
        return self.tokens[0]

    def refresh(self) -> None:
        self.refreshed += 1
        if len(self.tokens) > 1:
            self.tokens.pop(0)


def xoauth2(good: str):
    """Accepts one token, as Microsoft and Google do: a JSON challenge before the NO."""

    def answer(peer: Peer, tag: str, rest: str) -> None:
        peer.send("+ ")
        given = base64.b64decode(peer.line()).decode()
        if given == f"user=orders\x01auth=Bearer {good}\x01\x01":
            peer.send(f"{tag} OK in")
            return
        peer.send("+ " + base64.b64encode(json.dumps({"status": "401"}).encode()).decode())
        peer.line()
        peer.send(f"{tag} NO AUTHENTICATE failed.")

    return answer


class TestOAuth:
    def connect(self, account, server, tokens):
        of = account(server.port, auth="oauth2")
        box = ImapMailbox(type(of)("box", of.host, of.port, "none", "orders", tokens, "oauth2", 5.0, 5.0))
        try:
            box.connect()
        finally:
            box.close()

    def test_a_good_token_is_used(self, account):
        tokens = Tokens("good")
        with scripted({"AUTHENTICATE": xoauth2("good")}) as server:
            self.connect(account, server, tokens)
        assert tokens.refreshed == 0

    def test_a_refused_token_is_refreshed_once(self, account):
        tokens = Tokens("stale", "good")
        with scripted({"AUTHENTICATE": xoauth2("good")}) as server:
            self.connect(account, server, tokens)
        assert tokens.refreshed == 1
        assert len(server.peers) == 2

    def test_a_token_refused_twice_is_refused(self, account):
        tokens = Tokens("stale", "stale too", "good")
        with scripted({"AUTHENTICATE": xoauth2("good")}) as server, pytest.raises(LoginRefused):
            self.connect(account, server, tokens)
        assert tokens.refreshed == 1
        assert len(server.peers) == 2


class TestFetching:
    def test_bytes_come_exactly(self, against):
        raw = b"Subject: \xe4\r\n\r\nbare\nfeed \x00\xff) * 1 FETCH {9}\r\n" + b"x" * 100
        with scripted({"UID FETCH": bodies(body(5, raw))}) as server:
            assert against(server).fetch("INBOX", [5]) == {5: raw}
            assert [c for c in server.commands() if "FETCH" in c] == ["UID FETCH 5 (BODY.PEEK[])"]

    @pytest.mark.parametrize("raw", [b'""', b'"12"', b"{0}\r\n"])
    def test_a_tiny_message_may_come_as_a_string(self, against, raw):
        with scripted({"UID FETCH": bodies(b"* 1 FETCH (UID 5 BODY[] " + raw + b")\r\n")}) as server:
            assert against(server).fetch("INBOX", [5]) == {5: raw.strip(b'"').partition(b"{")[0]}

    def test_a_command_asks_for_fifty_at_most(self, against):
        def answer(peer: Peer, tag: str, rest: str) -> None:
            uids = rest.partition(" ")[0].split(",")
            peer.raw(b"".join(body(int(uid), b"x") for uid in uids) + f"{tag} OK done\r\n".encode())

        with scripted({"UID FETCH": answer}) as server:
            assert len(against(server).fetch("INBOX", range(1, 121))) == 120
            asked = [c for c in server.commands() if c.startswith("UID FETCH")]
            assert [len(c.split(" ")[2].split(",")) for c in asked] == [50, 50, 20]

    def test_unsolicited_answers_are_not_taken_for_asked_ones(self, against):
        extra = (
            b"* 9 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 6 FLAGS ())\r\n" + body(7, b"not asked") + b"* 3 EXISTS\r\n"
        )
        with scripted({"UID FETCH": bodies(extra, body(5, b"asked"))}) as server:
            assert against(server).fetch("INBOX", [5]) == {5: b"asked"}

    def test_a_uid_without_an_answer_that_is_gone_is_absent(self, against):
        with scripted({"UID FETCH": bodies(body(5, b"x")), "UID SEARCH": say("* SEARCH")}) as server:
            assert against(server).fetch("INBOX", [5, 6]) == {5: b"x"}

    @pytest.mark.parametrize(
        "answer", [bodies(), bodies(b"* 1 FETCH (UID 6 BODY[] NIL)\r\n"), refuse("[SERVERBUG] disk")]
    )
    def test_a_uid_without_an_answer_that_is_still_there_is_an_error(self, against, answer):
        """Taken for gone it would never be looked at again."""
        with scripted({"UID FETCH": answer, "UID SEARCH": say("* SEARCH 6")}) as server:
            with pytest.raises(MailboxError, match="lists UID 6 but does not give it out"):
                against(server).fetch("INBOX", [6])

    def test_one_that_is_gone_does_not_hide_the_others(self, against):
        """Dovecot says NO [EXPUNGEISSUED] for the whole command."""

        def answer(peer: Peer, tag: str, rest: str) -> None:
            if "6" in rest.partition(" ")[0]:
                peer.send(f"{tag} NO [EXPUNGEISSUED] gone")
            else:
                bodies(body(5, b"x"))(peer, tag, rest)

        with scripted({"UID FETCH": answer, "UID SEARCH": say("* SEARCH 5")}) as server:
            assert against(server).fetch("INBOX", [5, 6]) == {5: b"x"}

    @pytest.mark.parametrize("size", [3, 500])
    def test_a_literal_that_lies_is_an_error(self, against, size):
        def answer(peer: Peer, tag: str, rest: str) -> None:
            peer.raw(body(5, b"0123456789", size) + f"{tag} OK done\r\n".encode())
            raise EOFError

        with scripted({"UID FETCH": answer}) as server, pytest.raises(MailboxError, match="fetching from INBOX"):
            against(server).fetch("INBOX", [5])

    def test_a_literal_beyond_the_limit_is_not_taken_into_memory(self, against):
        with scripted({"UID FETCH": bodies(body(5, b"x", 4 * 10**9))}) as server:
            with pytest.raises(MailboxError, match="announces 4000000000 octets"):
                against(server).fetch("INBOX", [5])

    @pytest.mark.parametrize(
        "junk",
        [b'* 1 FETCH (UID x BODY[] "")\r\n', b"* 1 FETCH BODY\r\n", b"* 1 FETCH (UID 5 BODY[] {7}\r\nabc\r\n", b"\xff\xfe\r\n",
         b"* 1 FETCH (UID 5 BODY[] (1 2))\r\n", b"* 1 FETCH (((((\r\n", b"+ what?\r\n", b"\r\n", b"x9 OK ?\r\n", b"* BYE bye\r\n",
         b"* " + b"9" * 2_000_000],
        ids=range(11),
    )  # fmt: skip
    def test_junk_is_one_printable_line(self, against, junk):
        def answer(peer: Peer, tag: str, rest: str) -> None:
            peer.raw(junk)
            peer.send(f"{tag} OK done")
            raise EOFError

        with scripted({"UID FETCH": answer}) as server, pytest.raises(MailboxError) as caught:
            against(server).fetch("INBOX", [5])
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300

    def test_an_unreadable_date_is_long_ago_and_a_zone_is_brought_to_utc(self, against):
        with scripted({"UID FETCH": SIZED}) as server:
            assert against(server).envelopes("INBOX", [5])[5].internal_date.isoformat() == "2026-11-01T09:00:00+00:00"
            server.answers["UID FETCH"] = say('* 1 FETCH (UID 5 RFC822.SIZE 10 INTERNALDATE "yesterday")')
            assert against(server).envelopes("INBOX", [5])[5].internal_date.year == 1970


class TestState:
    def test_a_folder_without_uidvalidity_is_refused(self, against):
        with scripted({"SELECT": say("* 0 EXISTS")}) as server, pytest.raises(MailboxError, match="no UIDVALIDITY"):
            against(server).state("INBOX")

    def test_a_huge_folder_is_searched_in_parts(self, against):
        """imaplib gives up on a line of a million octets."""

        def search(peer: Peer, tag: str, rest: str) -> None:
            low, high = (int(part) for part in rest.removeprefix("UID ").split(":"))
            peer.send("* SEARCH " + " ".join(str(uid) for uid in range(low, min(high, 200_000) + 1)), f"{tag} OK done")

        select = say("* 200000 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 200001] ok")
        with scripted({"SELECT": select, "UID SEARCH": search}) as server:
            state = against(server).state("INBOX")
        assert state.uids == tuple(range(1, 200_001))
        assert state.uidnext == 200_001

    def test_uids_are_ascending_whatever_the_order(self, against):
        with scripted({"UID SEARCH": say("* SEARCH 9 2 5")}) as server:
            state = against(server).state("INBOX")
        assert list(state.uids) == sorted(state.uids)
        assert state.uidnext > state.uids[-1]

    def test_a_folder_is_selected_only_when_it_changes(self, against):
        with scripted({"UID FETCH": bodies(body(5, b"x"))}) as server:
            box = against(server)
            box.state("INBOX")
            box.fetch("INBOX", [5])
            box.move("INBOX", [5], "Done")
            assert sum(c.startswith("SELECT") for c in server.commands()) == 1

    def test_the_uidvalidity_of_another_connection_counts(self, against):
        """After a reconnection UIDs of before are not used under another UIDVALIDITY."""
        with scripted({"UID FETCH": bodies(body(5, b"x"))}) as server:
            box = against(server)
            box.state("INBOX")
            server.answers["SELECT"] = say("* 1 EXISTS", "* OK [UIDVALIDITY 8] ok")
            box.connect()
            with pytest.raises(MailboxError, match="INBOX: UIDVALIDITY has changed"):
                box.fetch("INBOX", [5])
            box.connect()
            assert box.state("INBOX").uidvalidity == 8
            assert box.fetch("INBOX", [5]) == {5: b"x"}


class TestMoving:
    def moved(self, server):
        return [c for c in server.commands() if c.startswith(("UID", "CREATE", "EXPUNGE", "SUBSCRIBE"))]

    def test_two_hundred_in_one_command(self, against):
        with scripted() as server:
            against(server).move("INBOX", range(1, 451), "Done")
            assert [len(c.split(" ")[2].split(",")) for c in self.moved(server)] == [200, 200, 50]

    def test_without_move_and_with_uidplus_it_copies_marks_and_expunges_by_uid(self, against):
        with scripted(capabilities="IMAP4rev1 UIDPLUS") as server:
            against(server).move("INBOX", [3, 4], "Done")
        assert self.moved(server) == [
            "UID SEARCH DELETED UID 3,4",
            'UID COPY 3,4 "Done"',
            "UID STORE 3,4 +FLAGS.SILENT (\\Deleted)",
            "UID EXPUNGE 3,4",
        ]

    def test_without_uidplus_nothing_is_ever_expunged(self, against):
        with scripted(capabilities="IMAP4rev1") as server:
            against(server).move("INBOX", [3], "Done")
        assert self.moved(server)[-1] == "UID STORE 3 +FLAGS.SILENT (\\Deleted)"

    def test_those_marked_already_are_neither_copied_again_nor_expunged(self, against):
        with scripted({"UID SEARCH": say("* SEARCH 3")}, capabilities="IMAP4rev1 UIDPLUS") as server:
            against(server).move("INBOX", [3, 4], "Done")
        assert self.moved(server)[1:] == [
            'UID COPY 4 "Done"', "UID STORE 4 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 4",
        ]  # fmt: skip

    def test_a_server_that_copies_but_refuses_the_mark_collects_no_copies(self, against):
        still = {"UID STORE": refuse("no right"), "UID SEARCH": say("* SEARCH")}
        with scripted(still, capabilities="IMAP4rev1 UIDPLUS") as server:
            box = against(server)

            def search(peer: Peer, tag: str, rest: str) -> None:
                peer.send("* SEARCH" if "DELETED" in rest else "* SEARCH 3", f"{tag} OK done")

            server.answers["UID SEARCH"] = search
            server.answers["LIST"] = say('* LIST () "/" "Done"')
            for _ in range(5):
                with pytest.raises(MailboxError):
                    box.move("INBOX", [3], "Done")
                box.connect()
        assert sum(c.startswith("UID COPY") for c in server.commands()) == 1

    def test_a_missing_target_is_made_and_the_move_tried_once_more(self, against):
        def move(peer: Peer, tag: str, rest: str) -> None:
            made = any(c.startswith("CREATE") for c in server.commands())
            peer.send(f"{tag} OK done" if made else f"{tag} NO [TRYCREATE] no such folder")

        with scripted({"UID MOVE": move, "UID SEARCH": say("* SEARCH 3")}) as server:
            against(server).move("INBOX", [3], "Done")
        moves = [c for c in self.moved(server) if not c.startswith("UID SEARCH")]
        assert moves == ['UID MOVE 3 "Done"', 'CREATE "Done"', 'SUBSCRIBE "Done"', 'UID MOVE 3 "Done"']

    def test_a_refused_move_is_an_error_not_a_loop(self, against):
        with scripted({"UID MOVE": refuse("over quota"), "UID SEARCH": say("* SEARCH 3")}) as server:
            with pytest.raises(MailboxError, match="moving from INBOX to Done: move failed: over quota"):
                against(server).move("INBOX", [3], "Done")
        assert sum(c.startswith("UID MOVE") for c in server.commands()) == 2

    def test_names_use_the_delimiter_and_prefix_of_the_server(self, against):
        space = {"NAMESPACE": say('* NAMESPACE (("INBOX." ".")) NIL NIL')}
        with scripted(space, capabilities="IMAP4rev1 MOVE NAMESPACE") as server:
            box = against(server)
            box.move("INBOX", [3], "Orders/Done")
            box.move("inbox", [3], "INBOX/Done")
        moves = [c for c in server.commands() if "MOVE" in c]
        assert moves == ['UID MOVE 3 "INBOX.Orders.Done"', 'UID MOVE 3 "INBOX.Done"']

    @pytest.mark.parametrize("name", ["", "a\r\nb", "a\0b", "tab\there"])
    def test_a_folder_name_with_control_characters_enters_no_command(self, against, name):
        with scripted() as server:
            with pytest.raises(MailboxError, match="control characters"):
                against(server).move("INBOX", [3], name)
            assert not any("MOVE" in c for c in server.commands())


class TestFinding:
    @pytest.mark.parametrize(
        "hostile",
        ['<a@b"> DELETED', "<a@b>\r\nx LOGOUT", "<a b@c>", "a@b", "", "<>", "<a@b\\>", "<" + "a" * 600 + "@b>", "<ä@b>", "<a@b>\n"],
    )  # fmt: skip
    def test_a_message_id_that_could_leave_its_quotes_enters_no_command(self, against, hostile):
        with scripted() as server:
            assert against(server).find("INBOX", hostile) == ()
            assert not any("SEARCH" in c for c in server.commands())

    @given(st.text())
    def test_what_is_let_through_holds_nothing_that_ends_a_quoted_string(self, text):
        if MESSAGE_ID.fullmatch(text):
            assert not set(text) & set('"\\\r\n\0 ')
            assert text.isascii()

    def test_a_hit_on_a_part_is_no_hit(self, against):
        header = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"
        hits = bodies(*[b"* 1 FETCH (UID %d %b {%d}\r\n%b)\r\n" % (uid, header, len(text), text)
                        for uid, text in ((3, b"Message-ID: <x.a@b>\r\n\r\n"), (4, b"Message-ID:\r\n <a@b>\r\n\r\n"))])  # fmt: skip
        with scripted({"UID SEARCH": say("* SEARCH 3 4"), "UID FETCH": hits}) as server:
            assert against(server).find("INBOX", "<a@b>") == (4,)
            assert 'UID SEARCH HEADER Message-ID "<a@b>"' in server.commands()


@given(st.one_of(st.text(), st.binary()))
def test_an_error_is_always_one_short_printable_line(text):
    said = plain(OSError(text))
    assert said.isprintable()
    assert 0 < len(said) <= 200


def test_two_mailboxes_in_two_threads_do_not_share_a_connection(account, mailboxes):
    with scripted({"UID FETCH": bodies(body(5, b"x"))}) as server:
        boxes = [mailboxes(account(server.port)) for _ in range(2)]
        got = []
        threads = [threading.Thread(target=lambda box=box: got.append(box.fetch("INBOX", [5]))) for box in boxes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert got == [{5: b"x"}] * 2
        assert len(server.peers) == 2
