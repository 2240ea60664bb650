"""The keys of signatures, asked of a name server on this machine."""

import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from maildaemon.edge.keys import GIVE_UP, MOST_KEPT, PAUSE, Keys


class NameServer:
    """Answers TXT questions out of ``records`` over UDP; ``silent`` names get no answer."""

    def __init__(self):
        self.records, self.asked, self.silent = {}, [], set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                data, peer = self.socket.recvfrom(4096)
                if not data:
                    return
                query = dns.message.from_wire(data)
                name = query.question[0].name.to_text()
                self.asked.append(name)
                if name in self.silent:
                    continue
                answer = dns.message.make_response(query)
                answer.flags |= dns.flags.RA
                texts = self.records.get(name)
                if texts is None:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                else:
                    answer.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", *texts))
                self.socket.sendto(answer.to_wire(), peer)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.socket.close()


@pytest.fixture
def server():
    found = NameServer()
    yield found
    found.close()


class Ticking:
    now = 0.0

    def __call__(self):
        return self.now


def keys_of(server, clock=None):
    return Keys(lifetime=0.3, nameservers=("127.0.0.1",), port=server.port, clock=clock or Ticking())


NAME = "s1._domainkey.kestrel.example"


def test_a_key_is_the_text_of_its_record(server):
    server.records[f"{NAME}."] = ['"v=DKIM1; " "p=AAAA"']
    assert keys_of(server)([NAME]) == {NAME: "v=DKIM1; p=AAAA"}


def test_of_several_records_the_one_that_is_a_key_counts(server):
    server.records[f"{NAME}."] = ['"something else"', '"v=DKIM1; p=AAAA"']
    assert keys_of(server)([NAME]) == {NAME: "v=DKIM1; p=AAAA"}


def test_what_is_not_there_is_none_and_asked_for_once(server):
    keys = keys_of(server)
    assert keys([NAME]) == keys([NAME]) == {NAME: None}
    assert server.asked == [f"{NAME}."]


def test_an_answer_is_kept_for_its_time_and_then_asked_for_again(server):
    server.records[f"{NAME}."] = ['"v=DKIM1; p=AAAA"']
    clock = Ticking()
    keys = keys_of(server, clock)
    keys([NAME])
    clock.now = 299
    keys([NAME])
    assert len(server.asked) == 1
    clock.now = 301
    keys([NAME])
    assert len(server.asked) == 2


def test_only_so_many_answers_are_kept(server):
    keys = keys_of(server)
    keys.kept.update({f"n{number}.example": (10.0, None) for number in range(MOST_KEPT)})
    keys([NAME])
    assert len(keys.kept) == MOST_KEPT
    assert NAME in keys.kept


def test_a_name_server_that_is_silent_is_no_error_and_no_mail_waits_for_it_long(server):
    names = [f"s{number}._domainkey.kestrel.example" for number in range(GIVE_UP + 2)]
    server.silent = {f"{name}." for name in names}
    clock = Ticking()
    keys = keys_of(server, clock)
    assert keys(names) == dict.fromkeys(names)
    assert set(server.asked) == {f"{name}." for name in names[:GIVE_UP]}
    server.silent.clear()
    server.records[f"{NAME}."] = ['"v=DKIM1; p=AAAA"']
    assert keys([NAME]) == {NAME: None}  # it is left alone for a while
    clock.now = PAUSE + 1
    assert keys([NAME]) == {NAME: "v=DKIM1; p=AAAA"}


def test_a_name_that_cannot_be_asked_for_is_no_error(server):
    assert keys_of(server)(["x" * 70 + ".example", "a..example"]) == {"x" * 70 + ".example": None, "a..example": None}
