"""Leases: one process works a mailbox; one that slept through its term changes nothing behind its successor's back."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from maildaemon.desk import OutgoingState
from maildaemon.edge.database import LedgerTaken
from maildaemon.edge.lease import LeaseLost, Leases
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.sender import Sender
from maildaemon.edge.tables import LEASE, OUTGOING
from tests.fakes import Clock, FakeTransport
from tests.ledgers import fresh
from tests.test_ledger import NOW, arrival, outcome


class Process:
    """A process's view of the ledger. ``machine`` None: this one."""

    def __init__(self, folder, clock, machine=None, mailboxes=("orders",)):
        self.ledger = SqlLedger(fresh(folder / "ledger.db"))
        self.leases = Leases(self.ledger.database, mailboxes, clock)
        if machine is not None:
            self.leases.owner = f"{machine}/boot 77 abcd"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def start(tmp_path, clock):
    made = []

    def one(machine=None, **kwargs):
        made.append(Process(tmp_path, clock, machine, **kwargs))
        return made[-1]

    yield one
    for process in made:
        process.ledger.close()


def rows(process):
    with process.ledger.database.read() as db:
        return [(row.mailbox, row.epoch) for row in db.execute(select(LEASE).order_by(LEASE.c.mailbox))]


def test_a_second_process_does_not_get_a_mailbox_that_is_worked(start, clock):
    start("one").leases.take()
    clock.forward(seconds=59)
    with pytest.raises(LedgerTaken, match="another maildaemon works it \\(on one\\)"):
        start("two").leases.take()


def test_a_lease_that_is_renewed_does_not_end(start, clock):
    first, second = start("one"), start("two")
    first.leases.take()
    for _ in range(30):
        clock.forward(seconds=11)
        first.leases.renew()
    with pytest.raises(LedgerTaken):
        second.leases.take()


def test_one_that_slept_through_its_term_writes_nothing_any_more(start, clock):
    first, second = start("one"), start("two")
    first.leases.take()
    first.ledger.store([arrival(1)], NOW)
    clock.forward(seconds=61)
    second.leases.take()
    assert (first.leases.epochs, second.leases.epochs) == ({"orders": 1}, {"orders": 2})
    with pytest.raises(LeaseLost):
        first.ledger.store([arrival(2)], NOW)
    with pytest.raises(LeaseLost):
        first.leases.renew()
    assert len(second.ledger.store([arrival(2)], NOW)) == 1


def test_one_that_lost_its_mailbox_sends_no_final_dot(start, clock):
    first, second = start("one"), start("two")
    first.leases.take()
    (pending,) = first.ledger.store([arrival(1)], NOW)
    first.ledger.settle([outcome(pending.mail_id)], 0, NOW)
    transport = FakeTransport()
    sender = Sender(SqlOutbox(first.ledger.database), transport, lambda message: None, lambda: None, clock)

    def slept(message, committing):
        clock.forward(minutes=5)
        second.leases.take()
        return FakeTransport.send(transport, message, committing)

    transport_send, sender.transport = transport.send, transport
    transport.send = slept
    with pytest.raises(LeaseLost):
        sender.drain()
    assert transport.sent == []
    transport.send = transport_send
    assert SqlOutbox(second.ledger.database).recover(NOW) == 0
    Sender(SqlOutbox(second.ledger.database), transport, lambda message: None, lambda: None, clock).drain()
    with second.ledger.database.read() as db:
        assert db.scalar(select(OUTGOING.c.state)) == OutgoingState.SENT
    assert len(transport.sent) == 1


def test_a_process_that_ended_gives_its_lease_back(start):
    first, second = start("one"), start("two")
    first.leases.take()
    first.leases.release()
    second.leases.take()
    assert rows(second) == [("orders", 1)]


def test_a_process_of_this_machine_that_was_killed_is_followed_at_once(start):
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    first, second = start(), start()
    first.leases.owner = first.leases.owner.replace(f" {os.getpid()} ", f" {killed.pid} ")
    first.leases.take()
    second.leases.take()
    assert rows(second) == [("orders", 2)]


def test_a_process_of_this_machine_that_lives_is_not_followed_though_the_lock_is_gone(start):
    first, second = start(), start()
    first.leases.owner = first.leases.owner.replace(f" {os.getpid()} ", f" {os.getppid()} ")
    first.leases.take()
    with pytest.raises(LedgerTaken):
        second.leases.take()


def test_two_processes_with_different_mailboxes_do_not_meet(start, clock):
    first, second = start("one"), start("two", mailboxes=("returns",))
    first.leases.take()
    second.leases.take()
    clock.forward(seconds=30)
    first.leases.renew()
    second.leases.renew()
    assert rows(first) == [("orders", 1), ("returns", 1)]


def test_a_command_beside_the_daemon_may_write(start, clock):
    daemon = start("one")
    daemon.leases.take()
    beside = start("elsewhere")
    assert len(beside.ledger.store([arrival(1)], clock() - timedelta(days=1))) == 1
