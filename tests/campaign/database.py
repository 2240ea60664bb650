"""The database and its disk: full, locked, read-only, failing at a commit, bounded in size, torn."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.mails import KINDS, make, some, told_apart
from tests.campaign.world import World
from tests.e2e import outside
from tests.servers.conditions import until

QUICK: Arm = ("tests.campaign.breaking:quick", {})
LOCK_SECONDS, PATIENCE = 1.0, 0.2
"""So long another process holds the ledger, so long a writer waits: 30 and 30 seconds, scaled."""
REPEATS = 3
"""0: the mail waits alone, 1: among others, 2: among others, and what failed is ended by a restart, not by itself."""
WORDS = {
    "store": "INSERT INTO mail",
    "settle": "INSERT INTO decision",
    "claim": "SET state = 'sending'",
    "committing": "SET state = 'committing'",
    "sent": "SET state = 'sent'",
    "event": "INSERT INTO event",
    "filed": "filed_at=?",
}
COMMITS = 9
"""So many commits every run with an order makes at least."""
Course = Callable[[World, Episode], None]


def cases() -> Sequence[str]:
    return [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in KINDS for point in POINTS]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    repeat, chance = int(text), luck("database", case, seed)
    mails = (*make("text", 11, chance), *make(kind, 1, chance))
    if name.startswith("full-"):
        mails = (*mails, *some(12, chance, 40))  # enough to fill what is spared
    if repeat:
        mails = (*mails[:1], *some(4, chance, 20), *mails[1:])
    mails = told_apart(mails)
    extra = wal_is_bounded if name == "wal-cannot-be-written-back" else unsent_is_unsaid
    course = {**POINTS, **LONG}[name](name, ended=repeat == 2)
    return Episode(
        f"database:{case}:{seed}",
        mails,
        course=course,
        extra=extra,
        must=name,
        trouble=("sqlite3.", "OperationalError", "DatabaseError", "in doubt"),
    )


def unsent_is_unsaid(world: World) -> Iterator[str]:
    """No fault of the database is a reason to doubt what became of a message."""
    for (key,) in outside.query(world.ledger, "SELECT message_id FROM outgoing WHERE state = 'in_doubt'"):
        yield f"{key} is in doubt, and nothing was cut off behind a final dot"


def wal_is_bounded(world: World) -> Iterator[str]:
    wal = world.ledger.with_name("ledger.db-wal")
    if wal.exists() and wal.stat().st_size:
        yield f"{wal.stat().st_size} octets of WAL are left behind a clean end"
    yield from unsent_is_unsaid(world)


# --- courses ----------------------------------------------------------------------------------------------------------


def arm(name: str, function: str, **arguments: object) -> Arm:
    return f"tests.campaign.breaking:{function}", {"name": name, **arguments}


def lasting(function: str, **arguments: object) -> "Callable[..., Course]":
    """The fault is on from the start, is met, and goes."""

    def made(name: str, *, ended: bool) -> Course:
        def course(world: World, episode: Episode) -> None:
            flag = world.home / "fault"
            flag.touch()
            more = {"ledger": str(world.ledger)} if function == "small_files" else {}
            world.deliver(episode.mails)
            world.start((QUICK, arm(name, function, flag=str(flag), **more, **arguments)))
            met(world, name)
            flag.unlink()
            end(world, ended=ended)

        return course

    return made


def met(world: World, name: str) -> None:
    """Until the fault has happened, and has been there for a moment."""
    until(lambda: name in world.reached or not world.alive, 20)
    if world.alive:
        world.victim.over(0.5)


def end(world: World, *, ended: bool) -> None:
    if ended and world.alive:
        world.stop()


def once(function: str, **arguments: object) -> "Callable[..., Course]":
    def made(name: str, *, ended: bool) -> Course:
        def course(world: World, episode: Episode) -> None:
            world.deliver(episode.mails)
            world.start((QUICK, arm(name, function, **arguments)))
            if ended:
                met(world, name)
            else:
                world.dead_or_quiet(60)
            end(world, ended=ended)

        return course

    return made


@contextlib.contextmanager
def held(world: World) -> Iterator[None]:
    """Another process's connection with the writers' lock."""
    with contextlib.closing(sqlite3.connect(world.ledger, timeout=30, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


def locked(name: str, *, ended: bool) -> Course:
    def course(world: World, episode: Episode) -> None:
        world.start((QUICK, arm(name, "impatient", seconds=PATIENCE)))
        until(lambda: world.logged("started", seconds=0), 20)
        with held(world):
            world.deliver(episode.mails)
            met(world, name)
            world.victim.over(LOCK_SECONDS)
        end(world, ended=ended)

    return course


def locked_at_start(name: str, *, ended: bool) -> Course:
    """It cannot start, says so, and starts when the lock is gone."""

    def course(world: World, episode: Episode) -> None:
        world.deliver(episode.mails)
        with held(world):
            world.start((QUICK, arm(name, "impatient", seconds=PATIENCE)))
            refused(world, name)

    return course


def locked_for_long(name: str, *, ended: bool) -> Course:
    """30 seconds, with the daemon's own patience: a writer waits through them."""

    def course(world: World, episode: Episode) -> None:
        world.start((QUICK,))
        until(lambda: world.logged("started", seconds=0), 20)
        with held(world):
            world.deliver(episode.mails)
            world.victim.over(30)
            world.struck.append(name)
        end(world, ended=ended)

    return course


def read_only_at_start(name: str, *, ended: bool) -> Course:
    def course(world: World, episode: Episode) -> None:
        world.deliver(episode.mails)
        world.start((QUICK, arm("file", "read_only_file")))
        refused(world, name)

    return course


def refused(world: World, name: str) -> None:
    """It ends by itself with status 1 and says why in one line; only then the point counts as reached."""
    world.victim.over(40)
    said = [line for line in world.log().splitlines() if line.strip()]
    if world.victim.code == 1 and "Traceback" not in world.log() and "ledger" in said[-1]:
        world.struck.append(name)
    else:
        world.struck.append(f"status-{world.victim.code}")


def torn(how: Callable[[bytes], bytes]) -> "Callable[..., Course]":
    """The file is damaged between two runs: it does not start. With the file as it was, it goes on."""

    def made(name: str, *, ended: bool) -> Course:
        def course(world: World, episode: Episode) -> None:
            world.deliver(episode.mails[:1])
            world.start((QUICK,))
            world.dead_or_quiet(60)
            world.stop()
            whole, sent = world.ledger.read_bytes(), len(world.sink.messages)
            world.ledger.write_bytes(how(whole))
            world.deliver(episode.mails[1:])
            world.start((QUICK,))
            refused(world, name)
            assert len(world.sink.messages) == sent, "something was sent from a damaged ledger"
            for path in world.home.glob("ledger.db-*"):
                path.unlink()
            world.ledger.write_bytes(whole)

        return course

    return made


def garbage_within(whole: bytes) -> bytes:
    """A page in the middle is overwritten."""
    middle = len(whole) // 2 // 4096 * 4096
    return whole[:middle] + os.urandom(4096) + whole[middle + 4096 :]


def wal_grows(name: str, *, ended: bool) -> Course:
    """Another process reads on and on from one snapshot, so that the WAL cannot be written back; then it ends."""

    def course(world: World, episode: Episode) -> None:
        world.start((QUICK,))
        until(lambda: world.logged("started", seconds=0), 20)
        with contextlib.closing(sqlite3.connect(world.ledger, isolation_level=None)) as db:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM mail").fetchone()
            world.deliver(episode.mails)
            world.dead_or_quiet(60)
        world.struck.append(name)
        end(world, ended=ended)

    return course


POINTS: dict[str, Callable[..., Course]] = {
    **{f"full-{spare}": lasting("full", spare=spare) for spare in (0, 1, 2, 4, 8)},
    "query-only": lasting("query_only"),
    "small-files-0": lasting("small_files", spare=0),
    "small-files-1": lasting("small_files", spare=-100_000),
    "locked": locked,
    "locked-at-start": locked_at_start,
    "read-only-at-start": read_only_at_start,
    **{f"commit-{nth}-fails": once("failing_commit", nth=nth, late=False) for nth in range(1, COMMITS + 1)},
    **{f"commit-{nth}-fails-late": once("failing_commit", nth=nth, late=True) for nth in range(1, COMMITS + 1)},
    **{f"{what}-fails": once("failing_statement", words=words, nth=1, times=2) for what, words in WORDS.items()},
    "torn-last-page": torn(lambda whole: whole[:-2048]),
    "half-the-file": torn(lambda whole: whole[: len(whole) // 2 // 4096 * 4096]),
    "no-header": torn(lambda whole: os.urandom(100) + whole[100:]),
    "garbage-within": torn(garbage_within),
    "wal-cannot-be-written-back": wal_grows,
}
LONG: dict[str, Callable[..., Course]] = {"locked-30-seconds": locked_for_long}
"""Half a minute: by name alone."""
ALONE = tuple(f"{point}:text:{repeat}" for point in LONG for repeat in range(REPEATS))
