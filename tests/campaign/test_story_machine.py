"""A state machine over the story: mails, servers, people, clocks and the end of the program in any order."""

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from maildaemon import identity
from maildaemon.desk import MailboxError
from maildaemon.model import Mode
from tests.campaign.program import BOXES, FOLDERS, LARGE, Fuse, Killed, Program, Servers, Skewed
from tests.campaign.promises import Look, always, finally_
from tests.fakes import Stage
from tests.worlds import World, raw

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "40"))
STEPS = int(os.environ.get("MODEL_STEPS", "25"))
PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    deadline=None,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

box = st.sampled_from(BOXES)
number = st.integers(0, 50)
few = st.integers(1, 3)
touches = st.integers(0, 60)
mode = st.sampled_from([Mode.AUTO, Mode.AUTO, Mode.AUTO, Mode.DRAFT, Mode.SHADOW])
inbox = st.sampled_from(["INBOX", "INBOX", "INBOX", "Junk"])
step = st.sampled_from(["all", "round", "drain", "all", "settle", "file"])
SILENT = {
    "stranger": {"sender": "who@stranger.example"},
    "colleague": {"sender": "colleague@us.example"},
    "newsletter": {"headers": [("List-Id", "<news.client.example>")]},
    "robot": {"headers": [("Auto-Submitted", "auto-replied")]},
    "bounce": {"headers": [("Return-Path", "")]},
    "hello": {"kind": "hello"},
    "killer": {"kind": "killer"},
    "refused": {"kind": "refused"},
    "poison": {"kind": "poison"},
    "broken question": {"kind": "broken question"},
    "broken answer": {"kind": "broken answer"},
    "large": {"po": "x" * LARGE},
}
MEMORY = Path("/dev/shm")
WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Letter:
    """One mail as its author wrote it; ``answerable``: an order that a machine may answer."""

    raw: bytes
    kind: str
    po: str
    message_id: str
    answerable: bool
    old: bool = False

    def __str__(self):
        return f"the {self.kind} {self.po} {self.message_id}"


class StoryMachine(RuleBasedStateMachine):
    """``make`` puts the story together: a test of this machine takes a part out of it."""

    make = World
    counted: ClassVar = Counter()

    def __init__(self):
        super().__init__()
        # In memory where that can be: a kill, unlike a power cut, leaves what was written.
        self.folder = Path(tempfile.mkdtemp(prefix="story-", dir=MEMORY if MEMORY.is_dir() else None))
        self.servers = Servers(self.folder / "ledger.db")
        self.clock = Skewed(self.servers.clock)
        self.letters = {}  # by content
        self.order = []
        self.reads, self.kills, self.past_troubles = Counter(), 0, 0
        self.drafted, self.released, self.told = set(), set(), set()
        self.withheld = self.skewed = self.archived = False
        self.shadow = None
        self.parked = set()
        self.program = self.started(Mode.AUTO)
        self.counted["examples"] += 1

    def started(self, mode, fuse=None):
        self.shadow = sum(len(box.done) for box in self.servers.mailboxes.values()) if mode is Mode.SHADOW else None
        return Program(
            self.folder, self.servers, self.clock, mode, self.reads, make=self.make, fuse=fuse, archived=self.archived
        )

    def troubles(self):
        return self.past_troubles + self.program.trouble

    # what arrives -------------------------------------------------------------------------------------------------------

    @initialize(old=st.integers(0, 2), archived=st.booleans())
    def first_contact(self, old, archived):
        self.archived = archived
        self.restart(Mode.AUTO)
        for each in range(old):
            self.write(f"old {each}", kind_of="old order", at=self.servers.clock() - timedelta(days=2))
        for name in BOXES:
            self.program.round(name)

    def write(self, number, po=None, *, kind_of="order", to="orders", folder="INBOX", at=None, answerable=True, **more):
        number = str(number).replace(" ", "-")
        po = po or f"PO-{len(self.order) + 1}"
        data = raw(number, po, **more)
        content, message_id = identity.content(data)
        letter = Letter(data, kind_of, po, message_id or "", answerable and at is None, at is not None)
        self.letters[content] = letter
        self.order.append(letter)
        self.servers.deliver(data, to, folder, at)

    @rule(to=box, folder=inbox)
    def an_order_arrives(self, to, folder):
        self.write(len(self.order), to=to, folder=folder)

    @rule(to=box, count=st.integers(2, 6))
    def many_orders_arrive(self, to, count):
        self.orders_arrive(count, to)

    def orders_arrive(self, count, to):
        for _ in range(count):
            self.write(len(self.order), to=to)

    @rule(to=box)
    def an_order_without_a_message_id_arrives(self, to):
        self.write(0, to=to, message_id="")

    @rule(to=box, which=number)
    @precondition(lambda self: self.order)
    def an_order_in_a_thread_arrives(self, to, which):
        earlier = self.order[which % len(self.order)].message_id or "<x@client.example>"
        headers = [("In-Reply-To", earlier), ("References", earlier)]
        self.write(len(self.order), to=to, kind_of="reply", kind="Re: order", headers=headers)

    @rule(to=box, folder=inbox, kind=st.sampled_from(sorted(SILENT)))
    def a_mail_arrives_that_must_not_be_answered(self, to, folder, kind):
        self.write(len(self.order), to=to, folder=folder, kind_of=kind, answerable=False, **SILENT[kind])

    @rule(to=box, which=number)
    @precondition(lambda self: self.order)
    def an_order_is_sent_once_more_as_another_mail(self, to, which):
        self.write(len(self.order), self.order[which % len(self.order)].po, kind_of="repeat", to=to)

    @rule(to=box, folder=inbox, which=number)
    @precondition(lambda self: self.order)
    def the_same_mail_arrives_again(self, to, folder, which):
        letter = self.order[which % len(self.order)]
        if not letter.old:
            self.servers.deliver(letter.raw, to, folder)

    @rule(to=box, which=number)
    @precondition(lambda self: self.order)
    def another_mail_has_a_used_message_id(self, to, which):
        used = self.order[which % len(self.order)].message_id
        self.write(len(self.order), kind_of="twin", to=to, message_id=used)

    # what the program does ----------------------------------------------------------------------------------------------

    def go(self, step, to):
        """One step of the program. Where that ends it, it is started anew."""
        try:
            if step in {"round", "all"}:
                self.program.round(to)
            if step in {"drain", "all"}:
                self.program.drain()
            if step == "other":
                self.program.drain(1)
            if step in {"settle", "all"}:
                self.program.settle()
            if step in {"file", "all"}:
                self.program.file(to)
        except Killed:
            self.kills += 1
            self.counted["kills"] += 1
            self.restart(self.program.mode)

    @rule(step=step, to=box)
    def the_program_goes_on(self, step, to):
        self.go(step, to)

    @rule(to=box)
    def everything_is_done(self, to):
        self.go("all", to)

    @rule()
    def another_sender_drains(self):
        self.go("other", BOXES[1])

    @rule()
    def another_sender_drains_in_the_midst_of_a_message(self):
        self.servers.transport.meanwhile.append(self.program.meanwhile)

    @rule(to=box, what=st.sampled_from(["round", "drain"]), twice=st.booleans())
    def another_thread_works_between_look_up_and_decision(self, to, what, twice):
        other = BOXES[1 - BOXES.index(to)]
        act = self.program.drain if what == "drain" else lambda: self.program.round(other)
        ledger = self.program.ledger
        look_up = ledger.orders_seen

        def orders_seen(questions):
            ledger.orders_seen = look_up
            seen = look_up(questions)
            act()
            return seen

        ledger.orders_seen = orders_seen
        if twice:  # the same order comes into both mailboxes
            self.orders_arrive(1, to)
            self.write(len(self.order), self.order[-1].po, kind_of="repeat", to=other)
            self.go("round", to)

    # how it ends --------------------------------------------------------------------------------------------------------

    @rule(mode=mode)
    def it_is_started_again(self, mode):
        self.restart(mode)

    @rule(step=step, to=box, after=touches, at_start=st.none() | st.integers(0, 5), mode=mode, orders=st.integers(0, 3))
    def it_is_killed(self, step, to, after, at_start, mode, orders):
        self.orders_arrive(orders, to)
        self.program.fuse.set(after)
        self.go(step, to)
        self.kills += 1
        if at_start is not None:
            fuse = Fuse()
            fuse.set(at_start)
            self.restart(mode, fuse)
            try:
                self.program.recover()
            except Killed:
                self.counted["kills at the start"] += 1
        self.restart(mode)

    def restart(self, mode, fuse=None):
        self.past_troubles += self.program.trouble
        self.program.end()
        for mailbox in self.servers.mailboxes.values():
            mailbox.meanwhile.clear()
            mailbox.broken = None
        self.servers.transport.meanwhile.clear()
        # What stands at its final dot when the program ends may be in doubt.
        look = Look(self.folder / "ledger.db")
        self.servers.transport.cut |= {row["message_id"] for row in look.outgoing if row["state"] == "committing"}
        self.program = self.started(mode, fuse)

    # servers ------------------------------------------------------------------------------------------------------------

    @rule(
        to=box, count=few, late=st.booleans(), tried=st.booleans(),
        what=st.sampled_from(["connect", "state", "uidvalidity", "envelopes", "fetch", "move", "append", "find"]),
    )  # fmt: skip
    def the_mailbox_fails(self, to, what, count, late, tried):
        mailbox = self.servers.mailboxes[to]
        faults = mailbox.lost if late and what in {"move", "append"} else mailbox.fails
        faults.setdefault(what, []).extend(MailboxError(f"{what} broke") for _ in range(count))
        if tried:
            self.orders_arrive(1, to)
            self.write(len(self.order), to=to, kind_of="stranger", answerable=False, **SILENT["stranger"])
            self.go("all", to)

    @rule(stages=st.lists(st.none() | st.sampled_from(Stage), min_size=1, max_size=4), to=box, sent=st.booleans())
    def the_next_messages_fare_so(self, stages, to, sent):
        self.servers.transport.results.extend(stages)
        if sent:
            self.orders_arrive(len(stages), to)
            self.go("all", to)

    @rule(to=box, folder=inbox)
    def the_folder_gets_a_new_uidvalidity(self, to, folder):
        self.servers.mailboxes[to].renumber(folder)

    @rule(to=box, folder=inbox, what=st.sampled_from(["envelopes", "fetch", "move", "append"]))
    def the_folder_gets_a_new_uidvalidity_in_the_midst_of_a_step(self, to, folder, what):
        mailbox = self.servers.mailboxes[to]
        mailbox.meanwhile.setdefault(what, []).append(lambda: mailbox.renumber(folder))

    @rule()
    def blind_copies_arrive_in_the_archive(self):
        self.servers.transport.copies_arrive()

    @rule(what=st.sampled_from(["connect", "find"]), count=few)
    def the_archive_fails(self, what, count):
        self.servers.archive.fails.setdefault(what, []).extend(MailboxError(f"{what} broke") for _ in range(count))

    @rule(to=box, withheld=st.booleans())
    def the_server_gives_out_not_every_message(self, to, withheld):
        mailbox = self.servers.mailboxes[to]
        mailbox.refuses = set(mailbox.folders["INBOX"].messages) if withheld else set()
        self.withheld = self.withheld or withheld

    # people -------------------------------------------------------------------------------------------------------------

    @rule(which=number, home=st.sampled_from([*FOLDERS, None]))
    @precondition(lambda self: self.servers.copies)
    def a_person_moves_or_deletes_a_mail(self, which, home):
        self.person(which, home)

    @rule(which=number, home=st.sampled_from([*FOLDERS, None]), what=st.sampled_from(["envelopes", "fetch", "move"]))
    @precondition(lambda self: self.servers.copies)
    def a_person_moves_or_deletes_a_mail_in_the_midst_of_a_step(self, which, home, what):
        to, _ = self.servers.copies[which % len(self.servers.copies)]
        self.servers.mailboxes[to].meanwhile.setdefault(what, []).append(lambda: self.person(which, home))

    def person(self, which, home):
        to, copy = self.servers.copies[which % len(self.servers.copies)]
        mailbox = self.servers.mailboxes[to]
        for folder, uid in self.servers.where(to, copy):
            self.servers.touched.add(id(copy))
            if home is None:
                del mailbox.folders[folder].messages[uid]
                self.servers.deleted.add(id(copy))
            else:
                mailbox.carry(folder, uid, home)

    @rule(which=number)
    def a_person_releases_an_answer(self, which):
        self.released.add(self.program.release(which))

    @rule(which=number)
    def a_person_says_what_became_of_an_answer_in_doubt(self, which):
        self.told.add(self.program.told_of(which))

    @rule(which=number, what=st.sampled_from(["approve", "reject", "not-an-order", "reread", "release"]))
    def a_person_decides_about_a_mail_that_waits(self, which, what):
        self.program.say(which, what)

    # time and the ledger ------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 11, 61, 180, 3000, 525600]))
    def time_passes(self, minutes):
        self.servers.clock.forward(minutes=minutes)

    @rule(hours=st.sampled_from([-8760, -30, -1, 0, 1, 30, 8760]))
    def our_clock_goes_wrong(self, hours):
        self.clock.skew = timedelta(hours=hours)
        self.skewed = True

    @rule(after=touches, late=st.booleans())
    def the_ledger_fails_once(self, after, late):
        wires = self.program.wires
        at = wires.count + after
        wires.late = late
        wires.fails = lambda number, words: number == at

    @rule(
        words=st.sampled_from([*WRITES, "COMMIT", "BEGIN", "INSERT INTO event", "INSERT INTO decision", "committing"])
    )
    def the_ledger_cannot_be_written(self, words):
        self.program.wires.late = False
        self.program.wires.fails = lambda number, statement: words in statement

    @rule()
    def the_ledger_can_be_written_again(self):
        self.program.wires.none()

    # what must hold -----------------------------------------------------------------------------------------------------

    def look(self):
        look = Look(self.folder / "ledger.db")
        self.drafted |= {row["message_id"] for row in look.outgoing if row["state"] == "draft"}
        return look

    @invariant()
    def all_is_well(self):
        self.counted["steps"] += 1
        self.check(always)

    def check(self, promise):
        said = [*promise(self.look(), self.servers, self)]
        assert not said, "\n".join(said)

    def teardown(self):
        try:
            self.servers.calm()
            self.restart(Mode.AUTO)
            self.servers.transport.copies_arrive()
            self.parked = {row["message_id"] for row in self.look().outgoing if row["parked"]}
            for turn in range(60):
                for name in BOXES:
                    self.go("round", name)
                self.go("drain", name)
                self.servers.transport.copies_arrive()
                self.go("settle", name)
                for name in BOXES:
                    self.go("file", name)
                self.servers.clock.forward(minutes=31)
                if turn > 6 and not self.look().busy:
                    break
            self.check(always)
            self.check(finally_)
            self.tally()
        finally:
            self.program.end()
            shutil.rmtree(self.folder)

    def tally(self):
        """What this machine has seen, over all its lives."""
        look = self.look()
        self.counted["accepted"] += len(self.servers.transport.accepted)
        self.counted["fallen"] += self.troubles()
        self.counted.update(f"mail {row['state']}" for row in look.mails)
        self.counted.update(f"answer {row['state']}" for row in look.outgoing)
        self.counted.update(f"event {row['type']}" for row in look.events)


@pytest.mark.timeout(30 + 10 * EXAMPLES)
@pytest.mark.usefixtures("quiet")
def test_the_story_keeps_its_promises_whatever_comes():
    run_state_machine_as_test(StoryMachine, settings=PROFILE)
