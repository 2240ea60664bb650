"""What one episode has for itself: a mailbox user, a ledger, a sink, and the victim."""

import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.campaign import victims
from tests.campaign.episode import Arm
from tests.campaign.sink import Sink
from tests.campaign.victims import Victim
from tests.e2e import outside
from tests.e2e.mails import Expected, crlf
from tests.servers.conditions import until

if TYPE_CHECKING:
    from tests.campaign.ground import Ground

MAIL_BYTES = 30_000
LIMITS: dict[str, Any] = {
    "mail_bytes": MAIL_BYTES, "readers": 1, "poll_seconds": 0.5, "send_retry_seconds": 0.2, "read_memory_mb": 2048,
}  # fmt: skip
DOUBT_MINUTES = 0.025
PENDING = """
    SELECT (SELECT count(*) FROM mail WHERE state IN ('new', 'decided')),
           (SELECT count(*) FROM outgoing WHERE state IN ('ready', 'held', 'sending', 'committing')
            OR state = 'in_doubt' AND NOT parked),
           (SELECT count(*) FROM mail)
"""


def config(user: str, imap_port: int, smtp_port: int, ledger: Path, folder: Path, **sections: Any) -> str:
    """A configuration; ``sections`` are ``limits``, ``smtp``, ``mailbox`` and ``archive`` with keys of theirs, and
    ``more``."""
    limits, smtp, mailbox, archive = (sections.get(name, {}) for name in ("limits", "smtp", "mailbox", "archive"))
    return f"""
mode = "auto"
ledger = "{ledger}"
rules = "{folder / "rules"}"
[company]
name = "Example Supplies"
address = "orders@us.example"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
port = {imap_port}
security = "none"
user = "{user}"
password_file = "{folder / "imap"}"
{_keys(mailbox)}
[smtp]
host = "127.0.0.1"
port = {smtp_port}
{_keys({"security": "none", **smtp})}
[limits]
{_keys({**LIMITS, **limits})}
{"[archive]" if archive else ""}
{_keys(archive)}
{sections.get("more", "")}
"""


def _keys(values: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())


class World:
    """Used by one thread, and by the sink's for ``kill``. ``reached`` names the faults that happened."""

    def __init__(self, ground: "Ground", user: str, home: Path, sink: Sink, name: str) -> None:
        self.ground, self.server, self.user, self.home, self.sink, self.name = (
            ground, ground.server, user, home, sink, name,
        )  # fmt: skip
        self.ledger = home / "ledger.db"
        self.imap_port, self.smtp_port = ground.server.imap_port, sink.port
        self.more = ""
        self.limits: dict[str, Any] = {}
        self.smtp: dict[str, Any] = {"in_doubt_minutes": DOUBT_MINUTES}
        self.mailbox: dict[str, Any] = {}
        self.archive: dict[str, Any] = {
            "host": "127.0.0.1", "port": ground.server.imap_port, "security": "none", "user": f"archive-{user}",
            "password_file": str(ground.folder / "imap"), "address": f"archive-{user}@maildaemon.test",
        }  # fmt: skip
        """Empty: the daemon has none."""
        self.victim: Victim | None = None
        self.stack = contextlib.ExitStack()
        """What an episode has started beside the victim; ended with it."""
        self.delivered: list[bytes] = []
        self.listed: list[Expected] = []
        """What was there before the first contact."""
        self.renumbered = False
        """UIDVALIDITY has changed."""
        self.starts = self.kills = self.log_before = 0
        self.struck: list[str] = []
        self.complaints: list[str] = []
        """Of the course, while it ran."""
        self.patience = 600.0
        """Seconds that nothing is waited for longer than."""
        self.began = time.monotonic()

    # what is done to it ------------------------------------------------------------------------------------------------

    def deliver(self, mails: Iterable[Expected]) -> None:
        """Over LMTP; a mail with copies so many times more."""
        raws = [raw for mail in mails for raw in [crlf(mail.raw)] * (1 + mail.copies)]
        self.server.deliver_all(raws, self.user)
        self.delivered += raws

    def config(self) -> str:
        """The configuration, as it is to be at the next start."""
        return config(
            self.user, self.imap_port, self.smtp_port, self.ledger, self.ground.folder,
            limits=self.limits, smtp=self.smtp, mailbox=self.mailbox, archive=self.archive, more=self.more,
        )  # fmt: skip

    def start(self, arms: tuple[Arm, ...] = ()) -> Victim:
        """A new victim with the configuration as it is to be now; the earlier one must be over."""
        assert not self.alive
        path = self.home / "maildaemon.toml"
        path.write_text(self.config())
        self.starts += 1
        self.log_before = len(self.log())
        witness: Arm = ("tests.campaign.seams:witness", {})
        armed = (witness, *self.ground.sabotage, *arms)
        self.victim = Victim(self.ground.zygote, path, self.home / "tape", self.home / "log", armed, self.user)
        return self.victim

    def kill(self, why: str) -> None:
        """Kill -9 from outside; returns when the victim is gone."""
        self.struck.append(why)
        self.kills += 1
        if self.victim is not None:
            self.victim.kill()

    def stop(self) -> list[str]:
        """SIGTERM; complaints when that does not end it well, or leaves a process behind."""
        assert self.victim is not None
        self.victim.signal(signal.SIGTERM)
        said = []
        if not self.victim.over(30):
            said.append("SIGTERM did not end it in 30 seconds")
            self.victim.signal(signal.SIGUSR1)  # where it hangs goes into its log
            self.victim.over(1)
            self.victim.kill()
        elif self.victim.code != 0:
            said.append(f"it ended with status {self.victim.code}")
        if not until(lambda: not victims.living(self.ground.zygote, self.user), 10):
            said.append("a reading child outlived its daemon")
        return said

    def close(self) -> None:
        if self.alive:
            self.victim.kill()
        self.stack.close()

    # what is seen of it ------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        return self.victim is not None and self.victim.alive

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def reached(self) -> list[str]:
        """The faults that happened, by their names: those of outside, then those of the tape."""
        return [*self.struck, *(words[1] for words in self.tape() if words[0] == "reached")]

    def tape(self) -> list[list[str]]:
        path = self.home / "tape"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def log(self) -> str:
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def story(self) -> str:
        """Log and tape, for a person who repeats an episode."""
        return f"{self.log()}\n--- tape\n" + "\n".join(" ".join(words) for words in self.tape())

    def logged(self, what: str, times: int = 1, seconds: float = 20) -> bool:
        """Waits until the log names it so often since the last start."""
        return until(lambda: self.log()[self.log_before :].count(what) >= times, seconds)

    def in_flight(self) -> tuple[int, int, int] | None:
        """Mails in flight, messages on their way, mails in the ledger; None: the ledger cannot be read now."""
        with contextlib.suppress(outside.sqlite3.Error):
            return outside.query(self.ledger, PENDING)[0]
        return None

    def settled(self) -> bool:
        """Nothing is in flight and every mail that was delivered is in the ledger."""
        found = self.in_flight()
        return found is not None and found[:2] == (0, 0) and found[2] >= len(self.delivered)

    def quiet(self, seconds: float) -> bool:
        """Waits until all is settled and the victim, however late it started, has made a whole round since."""
        return not self.dead_or(self.done, seconds) and self.settled()

    def done(self) -> bool:
        return self.settled() and self.rounds() > 0

    def rounds(self) -> int:
        """How many rounds the last victim has finished."""
        told = [words[0] for words in self.tape()]
        if told.count("start") < self.starts:
            return 0  # it is not that far
        return told[len(told) - told[::-1].index("start") :].count("round") if "start" in told else 0

    def dead_or_quiet(self, seconds: float) -> bool:
        """Waits for either; True: it is dead. A fault that follows on the last commit is given its time."""
        return self.dead_or(self.done, seconds) or self.victim.over(0.2)

    def dead_or(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Waits until it is dead or the condition holds; True: it is dead."""
        until(lambda: not self.alive or condition(), min(seconds, self.patience))
        return not self.alive
