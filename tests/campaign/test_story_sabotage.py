"""The state machine itself is tested: with a part taken out of the story it must find that."""

import secrets
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import select, update

from maildaemon.desk import MailState, Move, Note, OutgoingState
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox, _messages, _outgoing
from maildaemon.edge.tables import MAIL, OUTGOING
from maildaemon.model import Filing, Place
from tests.campaign.test_story_machine import StoryMachine
from tests.worlds import World


class Resending(SqlOutbox):
    """What was cut off behind its final dot goes out again."""

    def recover(self, now):
        with self.database.write() as db:
            self._flush(db, now)
            mine = OUTGOING.c.state.in_([OutgoingState.SENDING, OutgoingState.COMMITTING])
            db.execute(update(OUTGOING).where(mine).values(state=OutgoingState.READY, due_at=now))
        self.settled.clear()
        return 0


class Parking(SqlOutbox):
    """Whatever was under way is taken to be in doubt."""

    def recover(self, now):
        with self.database.write() as db:
            self._flush(db, now)
            db.execute(
                update(OUTGOING).where(OUTGOING.c.state == OutgoingState.SENDING).values(state=OutgoingState.COMMITTING)
            )
        return super().recover(now)


class Unwritten(SqlOutbox):
    """Nothing is written before the final dot."""

    def committing(self, outgoing_id, now):
        self.flush(now)


class Unclaimed(SqlOutbox):
    """What one sender has under way, another one takes too."""

    def claim(self, now, most=50):
        super().claim(now, most)
        with self.database.read() as db:
            return tuple(
                _outgoing(row) for row in db.execute(_messages(OUTGOING.c.state == OutgoingState.SENDING)).all()
            )


class Forgetful(SqlLedger):
    """The same mail at another place is another mail."""

    def store(self, arrivals, now):
        return super().store([replace(a, content=f"{a.content} {a.place}") for a in arrivals], now)


class Blind(SqlLedger):
    """Nobody looks again whether an equal order was stored in between."""

    def settle(self, outcomes, mark, now):
        return super().settle(outcomes, 10**9, now)


class Hasty(SqlLedger):
    """Mails are filed before their answers are out."""

    def moves(self, mailbox, after=0):
        with self.database.read() as db:
            here = (MAIL.c.mailbox == mailbox, MAIL.c.state == MailState.DECIDED, MAIL.c.id > after)
            rows = db.execute(select(MAIL).where(*here)).all()
        return tuple(
            Move(row.id, Place(row.mailbox, row.folder, row.uidvalidity, row.uid), Filing(row.filing)) for row in rows
        )


class Uncounted(SqlLedger):
    """Attempts are not counted before a mail is read."""

    def unfinished(self, mailbox, now, *rest):
        for pending in super().unfinished(mailbox, now, *rest):
            self.give_back(pending.mail_id)
            yield replace(pending, attempts=1)


class Doubling(SqlLedger):
    """A note that was laid is neither remembered nor found."""

    def noted(self, mail_id, message_id, now):
        pass

    def moves(self, mailbox, after=0):
        return tuple(
            replace(move, note=move.note and Note(f"<{secrets.token_hex(8)}@us.example>", move.note.raw))
            for move in super().moves(mailbox, after)
        )


ALWAYS = {
    "many_orders_arrive",
    "everything_is_done",
    "the_program_goes_on",
    "it_is_killed",
    "the_next_messages_fare_so",
}


def sabotaged(parts, rules):
    """The machine over a story in which these parts have been replaced, with few rules beside the usual ones: what is
    missing would be found with all of them, and later."""
    those = [name for name, value in vars(StoryMachine).items() if hasattr(value, "hypothesis_stateful_rule")]
    assert {*rules, *ALWAYS} <= set(those)
    left_out = dict.fromkeys(set(those) - {*rules, *ALWAYS})
    made = {"make": type("World", (World,), parts), "counted": Counter()}
    return type("Sabotaged", (StoryMachine,), {**left_out, **made})


BOUNDED = settings(
    max_examples=150, stateful_step_count=20, phases=[Phase.generate], derandomize=True, deadline=None, database=None,
    print_blob=False, suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
)  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("parts", "rules", "found"),
    [
        ({"Outbox": Resending}, (), "was answered [23] times|was accepted"),
        ({"Outbox": Parking}, (), "is in doubt and was not cut off"),
        ({"Outbox": Unwritten}, (), "was accepted while the ledger says sending"),
        ({"Outbox": Unclaimed}, ("another_sender_drains_in_the_midst_of_a_message",), "was answered [23] times|accepted"),
        ({"Ledger": Forgetful}, ("the_same_mail_arrives_again",), "is [23] mails|are others|never delivered"),
        (
            {"Ledger": Blind},
            ("another_thread_works_between_look_up_and_decision",),
            "was answered 2 times",
        ),
        ({"Ledger": Hasty}, (), "was filed, and its answer is|is acknowledged, its answer"),
        ({"Ledger": Uncounted}, ("a_mail_arrives_that_must_not_be_answered",), "was read"),
        ({"Ledger": Doubling}, ("a_mail_arrives_that_must_not_be_answered", "the_mailbox_fails"), "times the note"),
    ],
    ids=lambda value: next(iter(value.values())).__name__ if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_story_without_one_of_its_parts_is_found_out(parts, rules, found):
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(sabotaged(parts, rules), settings=BOUNDED)
