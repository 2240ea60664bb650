"""One wrong thing at one SMTP command: refused for now or for good, cut off, silent, late, or bounced afterwards."""

import random
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from maildaemon.desk import MailState, OutgoingState
from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.mails import ANSWERED, KINDS, make, some, told_apart
from tests.campaign.servers import Smtp, bounce, certificates
from tests.campaign.world import World
from tests.e2e import outside
from tests.servers.conditions import until
from tests.servers.faulty_smtp import (
    Act,
    Fault,
    answer,
    as_usual,
    cut,
    cut_within,
    kept_but,
    late,
    refuse_recipient,
    stall,
    then,
)

QUICK: Arm = ("tests.campaign.breaking:quick", {})
TIMEOUTS = {"read_timeout": 1.0, "connect_timeout": 1.0, "final_timeout": 1.0}
REPEATS = 3
"""0: one order alone. 1: among others, at the second message where it can be. 2: another fault follows."""
TEMPORARY = {
    "421": "4.3.2 going down",
    "450": "4.2.1 busy",
    "451": "4.3.0 later",
    "452": "4.3.1 full",
    "454": "4.7.0 no",
}
FINAL = {"550": "5.1.1 no such user", "552": "5.2.2 full", "554": "5.7.1 refused"}
BEFORE = ("GREETING", "EHLO", "AUTH")
"""What is refused there says nothing of a message."""
ENVELOPE = ("MAIL", "RCPT", "DATA")
LONG = 10**6


@dataclass(frozen=True)
class Point:
    """``fails``: the message cannot be delivered, and a person looks. ``doubtful``: its fate cannot be known; None: it
    may be so: a short message is on its way as a whole, final dot included, before its sender hears that nobody
    listens. ``lasts``: until the harness heals it. ``tls``: what is wrong with the encryption."""

    verb: str
    act: Act
    fails: bool = False
    doubtful: bool | None = False
    lasts: bool = False
    tls: str | None = None


def _points() -> dict[str, Point]:
    found = {}
    for verb in (*BEFORE, *ENVELOPE, "DOT"):
        where = verb.lower()
        for code, text in {**TEMPORARY, **FINAL}.items():
            final = code in FINAL and verb not in BEFORE
            found[f"{code}-at-{where}"] = Point(verb, answer(f"{code} {text}"), fails=final)
        if verb != "DOT":
            found[f"cut-at-{where}"] = Point(verb, cut())
            found[f"stall-at-{where}"] = Point(verb, stall())
    for octets in (0, 100, 2000):
        found[f"cut-in-data-{octets}"] = Point("BODY", cut_within(octets), doubtful=None)
    return found | {
        "cut-after-dot": Point("DOT", cut(), doubtful=True),
        "cut-after-dot-kept": Point("DOT", cut(kept=True), doubtful=True),
        "stall-after-dot": Point("DOT", stall(), doubtful=True),
        "stall-after-dot-kept": Point("DOT", stall(kept=True), doubtful=True),
        "250-too-late": Point("DOT", late(2, kept=True), doubtful=True),
        "250-late": Point("DOT", then(lambda session: None, seconds=0.3)),
        "nonsense-after-dot": Point("DOT", kept_but("999 what"), doubtful=True),
        "bounced-afterwards": Point("DOT", then(lambda session: None)),
        "no-starttls": Point("EHLO", as_usual, lasts=True, tls="none"),
        "untrusted-starttls": Point("EHLO", as_usual, lasts=True, tls="starttls"),
        "untrusted-tls": Point("TLS", as_usual, lasts=True, tls="tls"),
        "wrong-password": Point("AUTH", answer("535 5.7.8 wrong user or password"), lasts=True),
        "nobody-listens": Point("CONNECT", as_usual, lasts=True),
        "copy-refused": Point("RCPT", refuse_recipient("archive-", "550 5.1.1 no such user"), lasts=True),
        "copy-refused-for-now": Point("RCPT", refuse_recipient("archive-", "451 4.3.0 later"), lasts=True),
        "client-refused": Point("RCPT", refuse_recipient("@client", "550 5.1.1 no such user"), fails=True),
    }


POINTS = _points()


def cases() -> Sequence[str]:
    kinds = [*sorted(ANSWERED), "same-po", *sorted(set(KINDS) - ANSWERED)[:3]]
    return [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in kinds for point in POINTS]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    point, repeat, chance = POINTS[name], int(text), luck("smtp", case, seed)
    mails = make(kind, 1, chance) if kind in ANSWERED else (*make(kind, 1, chance), *make("text", 11, chance))
    if point.fails:
        mails = tuple(
            replace(each, answered=False, state=MailState.REVIEW) if each.answered else each for each in mails
        )
        mails += make("stranger", 21, chance) if repeat == 1 else ()
    elif repeat == 1:
        mails = (*some(3, chance, 20), *mails, *some(1, chance, 30))
    mails = told_apart(mails)
    another = _another(chance) if repeat == 2 and not point.fails else None
    second = repeat == 1 and sum(mail.answered for mail in mails) > 1 and point.verb in {*ENVELOPE, "DOT", "BODY"}
    archive = name.startswith("copy-") or chance.random() < 0.7
    plan = Plan(name, 2 if second else 1, another, pipelining=chance.random() < 0.7)
    return Episode(f"smtp:{case}:{seed}", mails, course=plan.course, extra=plan.extra, must=name, archive=archive)


def _another(chance: random.Random) -> Fault:
    """One that ends well by itself, at the second time."""
    verb = chance.choice([*ENVELOPE, "DOT"])
    act = answer("451 4.3.0 later") if chance.random() < 0.5 or verb == "DOT" else cut()
    return Fault(f"also-{verb.lower()}", verb, act, nth=2)


@dataclass
class Plan:
    """One episode's server, and what is to become of its messages."""

    name: str
    nth: int
    another: Fault | None
    pipelining: bool

    def course(self, world: World, episode: Episode) -> None:
        point = POINTS[self.name]
        server = Smtp(world, pipelining=self.pipelining)
        server.broken = world.complaints
        world.sink, world.smtp_port = server, server.port
        world.smtp.update(TIMEOUTS, user="orders", password_file=str(world.ground.folder / "imap"))
        if point.tls:
            trusted, other = certificates(world.ground.folder)
            world.smtp.update(security="tls" if point.tls == "tls" else "starttls", ca_file=str(trusted[0]))
            server.tls, server.implicit = None if point.tls == "none" else _context(other), point.tls == "tls"
        act = then(partial(bounce, world)) if self.name == "bounced-afterwards" else point.act
        fault = Fault(
            self.name, point.verb, act, self.nth, LONG if point.lasts or point.fails else 1, point.doubtful is not False
        )
        server.arm(fault, *([self.another] if self.another else []))
        world.stack.enter_context(server)
        world.deliver(episode.mails)
        world.start((QUICK,))
        until(lambda: fault.done >= (2 if point.lasts else 1) or not world.alive, 20)
        if point.lasts:
            if point.tls:
                server.tls = _context(trusted)
            server.heal()
        world.dead_or_quiet(60)
        world.struck += server.injected

    def extra(self, world: World) -> Iterator[str]:
        """In doubt is exactly what the server made doubtful; what it refused for good has failed, and nothing else."""
        server, point = world.sink, POINTS[self.name]
        if self.name == "bounced-afterwards" and not world.listed:
            yield "nothing was bounced"
        states = outside.query(world.ledger, "SELECT message_id, state FROM outgoing")
        doubts = {key for key, state in states if state == OutgoingState.IN_DOUBT}
        # What the server has kept is found in the archive.
        cut_off = server.doubtful - (set(server.ids()) if world.archive else set())
        # What was cut off before its Message-ID came has none to the server.
        maybe = point.doubtful is None and len(doubts - cut_off) <= (str(None) in cut_off)
        if doubts != cut_off and not maybe:
            yield f"in doubt are {sorted(doubts)}, cut off behind the final dot were {sorted(cut_off)}"
        failed = [key for key, state in states if state == OutgoingState.FAILED]
        if bool(failed) != point.fails:
            yield f"failed are {failed}"
        if point.tls and any(line.startswith(("AUTH", "MAIL")) for line in server.unencrypted):
            yield "something was said without encryption"


def _context(files: tuple[str, str]) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*files)
    return made
