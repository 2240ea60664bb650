"""What other people and the server itself do to a mailbox while the daemon works it."""

import contextlib
import imaplib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes

from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.ground import MANY
from tests.campaign.mails import ANSWERED, make, some, told_apart
from tests.campaign.world import World
from tests.e2e import outside
from tests.e2e.mails import Expected, repeated
from tests.servers.conditions import until
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.imap_proxy import Act, Fault, ImapProxy, meanwhile

QUICK: Arm = ("tests.campaign.breaking:quick", {})
TIMEOUTS = {"read_timeout": 1.0, "connect_timeout": 1.0}
MOMENTS = {
    "select": "^SELECT",
    "sizes": r"^UID FETCH .*RFC822\.SIZE",
    "fetch": r"^UID FETCH .*BODY\.PEEK\[\]",
    "move": "^UID MOVE",
}
ELSEWHERE = "Elsewhere"
REPEATS = 3
Course = Callable[[World, "Plan"], None]


class Plan:
    """One episode: ``target`` is the mail that something happens to, ``others`` are those beside it."""

    def __init__(self, name: str, moment: str, target: Expected, others: tuple[Expected, ...]) -> None:
        self.name, self.moment, self.target, self.others = name, moment, target, others

    def course(self, world: World, episode: Episode) -> None:
        COURSES[self.name.partition("-at-")[0]](world, self)

    def extra(self, world: World) -> Iterator[str]:
        """A mail that was gone before it was fetched is answered by nobody, and known to have been there."""
        if self.name in UNMET:
            ids = [message_from_bytes(one.raw)["In-Reply-To"] for one in world.sink.messages]
            if self.target.message_id in ids:
                yield f"{self.target.message_id} was answered, and never fetched"
            if not outside.query(world.ledger, "SELECT 1 FROM mail WHERE state = 'vanished'"):
                yield f"{self.target.message_id} is not known to have vanished"


def before(world: World) -> ImapProxy:
    """A proxy between the victim and Dovecot, until the episode is over."""
    proxy = ImapProxy(world.imap_port)
    proxy.broken = world.complaints
    world.stack.callback(proxy.close)
    world.imap_port = proxy.port
    world.mailbox.update(TIMEOUTS)
    world.limits["idle_seconds"] = 0.5
    return proxy


def disturbed(world: World, plan: Plan, act: Act, *, proxy: ImapProxy | None = None) -> ImapProxy:
    """Everything is delivered, and at its moment the act comes between."""
    proxy = proxy or before(world)
    fault = Fault(plan.name, MOMENTS[plan.moment], act)
    proxy.arm(fault)
    world.deliver([*plan.others[:1], plan.target, *plan.others[1:]])
    world.start((QUICK,))
    world.dead_or_quiet(60)
    world.struck += proxy.injected
    proxy.heal()
    return proxy


# --- another program --------------------------------------------------------------------------------------------------


def uid(client, mail: Expected) -> str:
    found = client.uid("SEARCH", None, f'HEADER Message-ID "{mail.message_id}"')[1][0].split()
    return found[0].decode() if found else "0"


def expunged(world: World, plan: Plan) -> None:
    def expunge() -> None:
        with world.server.imap(world.user) as client:
            client.select("INBOX")
            client.uid("STORE", uid(client, plan.target), "+FLAGS", "\\Deleted")
            client.expunge()

    disturbed(world, plan, meanwhile(expunge))


def moved_away(world: World, plan: Plan) -> None:
    def move() -> None:
        with world.server.imap(world.user) as client:
            client.create(ELSEWHERE)
            client.select("INBOX")
            client.uid("MOVE", uid(client, plan.target), ELSEWHERE)

    disturbed(world, plan, meanwhile(move))
    there = [message_from_bytes(raw)["Message-ID"] for raw in world.server.folder(world.user, ELSEWHERE)]
    assert there == [plan.target.message_id], "the harness: it was not moved away"


def moved_back(world: World, plan: Plan) -> None:
    """A person lays a mail that was answered and filed back into the folder that is read."""
    world.deliver([plan.target, *plan.others])
    world.start((QUICK,))
    world.dead_or_quiet(60)
    with world.server.imap(world.user) as client:
        client.select("Processed")
        client.uid("MOVE", uid(client, plan.target), "INBOX")
    world.struck.append(plan.name)
    known = "SELECT 1 FROM mail WHERE state = 'known'"
    assert until(lambda: outside.query(world.ledger, known), 20), "a mail that was laid back was not met again"


def delivered_again(world: World, plan: Plan) -> None:
    """The same bytes once more, at a moment when the first copy is in flight."""
    again = replace(plan.target, copies=0)
    disturbed(world, plan, meanwhile(lambda: world.deliver([again])))


def copied(world: World, plan: Plan) -> None:
    """The same order once more, with another Message-ID."""
    *others, again = plan.others
    plan.others = tuple(others)
    disturbed(world, plan, meanwhile(lambda: world.deliver([again])))


# --- the server -------------------------------------------------------------------------------------------------------


def renumbered(world: World, plan: Plan) -> None:
    """UIDVALIDITY changes: the folder's UIDs mean nothing any more, as after a restore from a backup. Dovecot takes the
    time in seconds for the new one."""

    def renumber() -> None:
        folder = world.server.maildir(world.user)
        old = int(re.search(r" V(\d+)", (folder / "dovecot-uidlist").read_text().split("\n", 1)[0])[1])
        assert until(lambda: int(time.time()) > old)
        with contextlib.suppress(subprocess.CalledProcessError):  # nobody was connected at this moment
            world.server.doveadm("kick", world.user)
        for path in folder.glob("dovecot*"):
            path.unlink(missing_ok=True)

    world.renumbered = True
    disturbed(world, plan, meanwhile(renumber))


def restarted(world: World, plan: Plan) -> None:
    """The server is ended without a word and comes back: a server of its own, for others work with the shared one."""
    own = world.stack.enter_context(private(world))
    starts: list[subprocess.Popen[bytes]] = []

    def ended() -> None:
        for process in starts:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart() -> None:
        pid = own.folder_path / "run" / "master.pid"
        os.killpg(int(pid.read_text()), signal.SIGKILL)
        assert until(lambda: not listens(own)), "the harness: Dovecot did not end"
        pid.unlink(missing_ok=True)
        path = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        command = [str(path), "-F", "-c", str(own.folder_path / "dovecot.conf")]
        starts.append(subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL))
        assert until(lambda: listens(own), 15), own.log()

    world.stack.callback(ended)
    disturbed(world, plan, meanwhile(restart))


@contextlib.contextmanager
def private(world: World) -> Iterator[Dovecot]:
    """A Dovecot for this episode alone, with its mailbox as it is on the shared one."""
    with dovecot(extra=MANY) as own:
        theirs, mine = world.server.maildir(world.user), own.maildir(world.user)
        shutil.copytree(theirs, mine)
        if os.geteuid() == 0:
            owner = mine.parent.stat()
            for path in (mine, *mine.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)
        world.server, world.imap_port = own, own.imap_port
        yield own


def listens(server: Dovecot) -> bool:
    with contextlib.suppress(OSError, imaplib.IMAP4.error), server.imap():
        return True
    return False


def hung_up(world: World, plan: Plan) -> None:
    """Every connection of the daemon's ends at once, again and again."""
    proxy = before(world)
    world.deliver([plan.target, *plan.others[:1]])
    world.start((QUICK,))
    for number in range(6):
        world.victim.over(0.1)
        proxy.cut_all()
        world.deliver(plan.others[1 + number : 2 + number])
    world.struck.append(plan.name)
    world.dead_or_quiet(60)


def in_two_mailboxes(world: World, plan: Plan) -> None:
    """The same mail reaches two mailboxes that this daemon reads: it is answered once."""
    second = f"{world.user}-second"
    port, password = world.server.imap_port, world.ground.folder / "imap"
    world.more += (
        f'[[mailbox]]\nname = "second"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        f'user = "{second}"\npassword_file = "{password}"\n'
    )
    world.start((QUICK,))
    assert until(lambda: outside.query(world.ledger, "SELECT 1 FROM contact WHERE mailbox = 'second'"), 20)
    world.deliver([plan.target, *plan.others])
    world.server.deliver(plan.target.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), second)
    sql = f"SELECT mailbox, state FROM mail WHERE message_id = '{plan.target.message_id}' ORDER BY state != 'known'"
    assert until(lambda: len(outside.query(world.ledger, sql)) == 2, 30), "not met in both mailboxes"
    world.dead_or_quiet(60)
    rows = outside.query(world.ledger, sql)
    here = rows[-1][0] == "orders"
    world.listed.append(replace(plan.target, copies=1, lies=("Processed",) if here else ("INBOX",)))
    where = [name for name in outside.FOLDERS for _ in world.server.folder(second, name)]
    assert where == (["INBOX"] if here else ["Processed"]), f"in the second mailbox it lies in {where}"
    world.struck.append(plan.name)


COURSES: dict[str, Course] = {
    "expunged": expunged,
    "moved-away": moved_away,
    "moved-back": moved_back,
    "delivered-again": delivered_again,
    "other-message-id": copied,
    "renumbered": renumbered,
    "restarted": restarted,
    "hung-up": hung_up,
    "two-mailboxes": in_two_mailboxes,
}
POINTS: dict[str, str] = {
    **{f"{what}-at-{moment}": moment for what in ("renumbered", "restarted") for moment in MOMENTS},
    **{f"{what}-at-{moment}": moment for what in ("expunged", "moved-away") for moment in ("sizes", "fetch", "move")},
    **{f"delivered-again-at-{moment}": moment for moment in ("fetch", "move")},
    **{f"other-message-id-at-{moment}": moment for moment in ("sizes", "move")},
    "moved-back": "move",
    "hung-up": "select",
    "two-mailboxes": "select",
}
UNMET = {f"{what}-at-{moment}" for what in ("expunged", "moved-away") for moment in ("sizes", "fetch")}
"""The mail was seen, and gone before it could be fetched."""


def cases() -> Sequence[str]:
    return [
        f"{point}:{mail}:{repeat}"
        for repeat in range(REPEATS)
        for mail in sorted(ANSWERED - {"twice", "same-po", "resent"})
        for point in POINTS
    ]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    chance, what = luck("imap", case, seed), name.partition("-at-")[0]
    (target,) = make(kind, 1, chance)
    others = some(2 + int(text), chance, 20) if text != "0" or what == "hung-up" else ()
    others = told_apart(others)
    plan = Plan(name, POINTS[name], target, others)
    mails: tuple[Expected, ...] = (target, *others)
    if name in UNMET or what == "two-mailboxes":
        mails = others
    elif what in {"expunged", "moved-away"}:
        mails = (replace(target, lies=()), *others)
    elif what == "moved-back":
        mails = (replace(target, lies=("INBOX",), copies=1), *others)
    elif what == "delivered-again":
        mails = (replace(target, copies=1), *others)
    elif what == "other-message-id":
        mail = message_from_bytes(target.raw.replace(b"Message-ID: <", b"Message-ID: <again."))
        again = repeated(mail, target.po_number or "")
        plan.others, mails = (*others, again), (*mails, again)
    return Episode(f"imap:{case}:{seed}", mails, course=plan.course, extra=plan.extra, must=name)
