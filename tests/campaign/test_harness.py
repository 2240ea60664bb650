"""The harness notices: daemons that break their promise, and worlds that are not as they should be, make it go red."""

import email
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.campaign import campaign, checks
from tests.campaign.__main__ import main
from tests.campaign.campaign import Tally, run, tally
from tests.campaign.episode import Episode
from tests.campaign.ground import ground
from tests.campaign.mails import KINDS, make
from tests.campaign.points import POINTS
from tests.campaign.seams import SEAMS
from tests.campaign.sink import Kept
from tests.e2e import outside
from tests.servers.dovecot import installed

pytestmark = pytest.mark.dovecot
SEED = 7


@pytest.fixture(scope="module")
def shared():
    with ground() as found:
        yield found


def played(shared, sabotage: str | None, *cases: str, patience: float = 60) -> tuple[Tally, str]:
    """What these cases of ``kill`` come to, and the complaints in one text."""
    arms = () if sabotage is None else ((f"tests.campaign.sabotage:{sabotage}", {}),)
    episodes = [replace(campaign.fault("kill").episode(case, SEED), patience=patience) for case in cases]
    outcomes = run(replace(shared, sabotage=arms), episodes, 3, lambda _: None)
    return tally(outcomes), "\n".join(said for one in outcomes for said in one.complaints)


def test_a_sound_daemon_passes(shared):
    total, said = played(
        shared, None, "raw-stored:text:0", "claimed:html:1", "after-dot-kept:csv:0", "after-dot-not-kept:text:1",
        "before-move:stranger:2", "in-migration:talk:0", "first-contact:text:0", "recovering:text:0",
    )  # fmt: skip
    assert (total.lost, total.doubled, said) == (0, 0, "")
    assert total.doubt == 2  # that which its server did not keep, and one of the recovering


# --- daemons that break their promise ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sabotage", ["committing_is_not_written", "doubts_are_resent"])
def test_what_is_sent_again_blindly_is_seen_as_doubled(shared, sabotage):
    total, _ = played(
        shared, sabotage, "after-dot-kept:text:0", "after-250-before-commit:html:0", "in-sent-transaction:csv:0"
    )
    assert total.doubled == 3


def test_what_is_taken_for_sent_and_never_left_is_seen_as_lost(shared):
    total, said = played(shared, "doubts_are_taken_for_sent", "after-dot-not-kept:text:0", "committing-written:html:1")
    assert total.lost == 2
    assert "counts as sent and never left" in said


def test_to_park_everything_is_failure(shared):
    total, said = played(shared, "everything_is_parked", "claimed:text:0", "mid-data:html:1")
    assert total.complaints == 2
    assert "is in doubt, and its outcome was known" in said


def test_a_claim_that_is_not_marked_is_seen(shared):
    total, said = played(shared, "claims_are_not_marked", "claimed:text:0", "connected:csv:0", "mid-data:html:0")
    assert total.complaints == 3
    assert "killed at claimed, the ledger says [('decided', 'ready')]" in said


def test_mails_without_a_key_are_seen_twice(shared):
    total, said = played(shared, "mails_have_no_key", "sent-stored:text:0", "before-move:html:0", "claimed:csv:0")
    assert total.complaints == 3
    assert "is in the ledger 2 times" in said


def test_orders_that_nobody_compares_are_seen_as_doubled(shared):
    total, _ = played(shared, "nothing_is_compared", "sent-stored:text:0", "before-move:html:0", "claimed:csv:0")
    assert total.doubled == 3


def test_mails_that_are_moved_before_they_are_stored_are_seen_as_lost(shared):
    cases = ("fetched-not-stored:text:0", "in-store-transaction:html:0")
    total, _ = played(shared, "mails_are_moved_before_they_are_stored", *cases, patience=5)
    assert total.lost == 2


@pytest.mark.parametrize(
    ("sabotage", "case", "complaint"),
    [
        ("bytes_are_changed", "filed:text:0", "the ledger holds other bytes"),
        ("notes_are_laid_blindly", "note-laid:stranger:0", "has 2 notes"),
    ],
)
def test_other_broken_promises_are_seen(shared, sabotage, case, complaint):
    assert complaint in played(shared, sabotage, case)[1]


# --- worlds that are not as they should be ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ended(shared, tmp_path_factory):
    """A sound world after its end, as the checks see it, to be spoilt: everything in it may be changed."""
    chance = campaign.random.Random(SEED)
    kinds = ("text", "html", "stranger", "newsletter", "twice")
    mails = tuple(mail for number, kind in enumerate(kinds) for mail in make(kind, number + 1, chance))
    episode = Episode("kill:none:none:0:0", mails)
    with shared.world(episode) as world:
        world.deliver(mails)
        world.start()
        assert world.quiet(60)
        assert world.stop() == []
        assert checks.examine(world, episode) == checks.Found(0, 0, 0, ())
        path = tmp_path_factory.mktemp("ended") / "ledger.db"
        shutil.copy(world.ledger, path)
        seen = SimpleNamespace(
            folders=world.server.contents(world.user, checks.FOLDERS),
            messages=world.sink.messages,
            tape=world.tape(),
            log=world.log(),
        )
    return episode, path, seen


@pytest.fixture
def spoilt(ended, tmp_path):
    episode, path, seen = ended
    ledger = tmp_path / "ledger.db"
    shutil.copy(path, ledger)
    folders = {name: list(raws) for name, raws in seen.folders.items()}
    tape, log = [list(words) for words in seen.tape], seen.log
    world = SimpleNamespace(
        ledger=ledger, listed=[], archive={}, limits={}, renumbered=False, user="u", folders=folders, told=tape, said=log,
        sink=SimpleNamespace(messages=list(seen.messages)),
        server=SimpleNamespace(contents=lambda user, names: folders),
    )  # fmt: skip
    world.tape = lambda: world.told
    world.log = lambda: world.said
    world.examined = lambda: checks.examine(world, episode)
    return world


def sql(statement: str) -> Callable:
    def spoil(world):
        with sqlite3.connect(world.ledger) as db:
            db.execute("PRAGMA foreign_keys = OFF")
            assert db.execute(statement).rowcount != 0
        db.close()

    return spoil


def without_an_answer(world):
    world.sink.messages.pop()


def without_any_answer(world):
    world.sink.messages.clear()


def with_an_answer_twice(world):
    world.sink.messages.append(world.sink.messages[0])


def with_an_answer_to_somebody_else(world):
    world.sink.messages[0] = replace(world.sink.messages[0], recipients=("thief@stranger.example",))


def with_another_order_in_the_answer(world):
    first = world.sink.messages[0]
    changed = email.message_from_bytes(first.raw)
    del changed["Subject"]
    changed["Subject"] = "Re: Purchase order PO-99999"
    world.sink.messages[0] = replace(first, raw=changed.as_bytes())


def with_an_answer_from_nowhere(world):
    raw = b"In-Reply-To: <nobody@nowhere.example>\r\nMessage-ID: <made@up.example>\r\n\r\n"
    world.sink.messages.append(Kept("orders@us.example", ("a@b.example",), raw))


def without_a_mail(world):
    """One that came once: of a mail that came twice, the other copy would still lie there."""
    copied = {head["Message-ID"] for head in outside.heads(world.folders["INBOX"])}
    filed = world.folders["Processed"]
    once = [raw for raw, head in zip(filed, outside.heads(filed), strict=True) if head["Message-ID"] not in copied]
    filed.remove(once[0])


def with_a_mail_in_two_folders(world):
    world.folders["INBOX"].append(world.folders["Processed"][0])


def with_a_mail_in_the_wrong_folder(world):
    world.folders["Review"].append(world.folders["Processed"].pop())


def without_folders(world):
    for raws in world.folders.values():
        raws.clear()


def with_a_note_twice(world):
    world.folders["Review"] += world.folders["Review"]


def with_an_error_in_the_log(world):
    world.said += "2026-11-25T00:00:00.000Z ERROR shunted mail=abc why=KeyError\n"


def with_a_doubt_whose_outcome_was_known(world):
    sql("UPDATE outgoing SET state = 'in_doubt', parked = 1 WHERE id = 1")(world)


@pytest.mark.parametrize(
    ("spoil", "lost", "doubled"),
    [
        (without_an_answer, 1, 0),
        (without_any_answer, 3, 0),
        (with_an_answer_twice, 0, 1),
        (with_an_answer_to_somebody_else, 0, 0),
        (with_another_order_in_the_answer, 0, 0),
        (with_an_answer_from_nowhere, 0, 0),
        (without_a_mail, 1, 0),
        (with_a_mail_in_two_folders, 0, 0),
        (with_a_mail_in_the_wrong_folder, 0, 0),
        (without_folders, 5, 0),
        (with_a_note_twice, 0, 0),
        (with_an_error_in_the_log, 0, 0),
        (with_a_doubt_whose_outcome_was_known, 0, 0),
        (sql("DELETE FROM mail WHERE id = 1"), 1, 0),
        (sql("UPDATE mail SET state = 'new' WHERE id = 1"), 0, 0),
        (sql("UPDATE mail SET state = 'review' WHERE id = 1"), 0, 0),
        (sql("UPDATE mail SET attempts = 9 WHERE id = 1"), 0, 0),
        (sql("DELETE FROM mail WHERE state = 'known'"), 0, 0),
        (sql("UPDATE outgoing SET state = 'failed' WHERE id = 1"), 0, 0),
        (sql("UPDATE outgoing SET message_id = 'x' WHERE id = 1"), 0, 0),
        (sql("UPDATE raw_mail SET sha256 = 'x'"), 0, 0),
        (sql("UPDATE raw_mail SET data = x'789c030000000001'"), 0, 0),
        (sql("UPDATE event SET body = body || ' ' WHERE seq = 3"), 0, 0),
        (sql("DELETE FROM event WHERE seq = 3"), 0, 0),
        (sql("DELETE FROM event WHERE type = 'filed' AND mail_id = 1"), 0, 0),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_spoilt_world_is_noticed(spoilt, spoil, lost, doubled):
    spoil(spoilt)
    found = spoilt.examined()
    assert found.complaints
    assert (found.lost, found.doubled) == (lost, doubled)


def test_a_sound_world_is_not_blamed(spoilt):
    assert spoilt.examined() == checks.Found(0, 0, 0, ())


# --- the table and the command ----------------------------------------------------------------------------------------


def test_the_points_and_kinds_are_as_many_as_promised():
    assert len(POINTS) >= 18
    assert len(KINDS) >= 12
    assert set(SEAMS) | {point.name for point in POINTS.values() if point.moment} == set(POINTS)
    cases = campaign.fault("kill").cases()
    assert len(set(cases)) == len(cases) == len(POINTS) * len(KINDS) * 3 >= 648


def test_the_last_line_is_for_programs():
    assert installed()
    words = [sys.executable, "-m", "tests.campaign", "--episodes", "2", "--seed", "11", "--kinds", "kill,random"]
    found = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.splitlines()[-1].startswith("episodes 2 lost 0 doubled 0 in-doubt ")
    assert found.stdout.splitlines()[-1].endswith(" seed 11")


@pytest.mark.parametrize(
    "words",
    [
        ["--kinds", "kill,flood"],
        ["--episodes", "many"],
        ["--only", "kill:nowhere:text:0:1"],
        ["--only", "x"],
        ["--jobs", "0"],
    ],
)
def test_a_wrong_argument_is_one_plain_line(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.out, len(said.err.splitlines())) == (2, "", 1)


def test_an_episode_is_the_same_when_it_is_repeated_alone():
    for kind in campaign.KINDS:
        first = next(iter(campaign.sample([kind], 1, 5)))
        again = campaign.named(first.name)
        assert [(mail.message_id, mail.state, mail.copies) for mail in again.mails] == [
            (mail.message_id, mail.state, mail.copies) for mail in first.mails
        ]


def test_a_sample_takes_its_points_in_turn():
    cases = campaign.fault("kill").cases()
    points = [case.split(":")[0] for case in campaign.mixed(cases, campaign.random.Random(1))[: len(POINTS)]]
    assert sorted(points) == sorted(POINTS)
