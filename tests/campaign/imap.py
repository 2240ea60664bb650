"""One wrong thing at one IMAP command: cut off, silent, refused, lying, or talkative."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.campaign import mailbox
from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.mails import FETCHED, KINDS, MOVED, NOTED, make, some, told_apart
from tests.campaign.world import World
from tests.servers.conditions import until
from tests.servers.imap_proxy import (
    Act,
    Fault,
    bye,
    cut,
    late,
    lying_literal,
    other_uid,
    refuse,
    stall,
    stall_within,
    unheard,
    unsolicited,
    without_data,
)

ALL = frozenset(KINDS)
QUICK: Arm = ("tests.campaign.breaking:quick", {})
REPEATS = 3
"""0: the mail waits alone. 1: it waits among others. 2: another fault is met on the way, too."""


@dataclass(frozen=True)
class Verb:
    pattern: str
    reached_by: frozenset[str] = ALL


VERBS = {
    "greeting": Verb("^GREETING$"),
    "capability": Verb("^(CAPABILITY|NAMESPACE)"),
    "login": Verb("^LOGIN"),
    "list": Verb("^LIST"),
    "select": Verb("^SELECT"),
    "search": Verb("^UID SEARCH ALL"),
    "sizes": Verb(r"^UID FETCH .*RFC822\.SIZE"),
    "fetch": Verb(r"^UID FETCH .*BODY\.PEEK\[\]", FETCHED),
    "find": Verb("^UID SEARCH .*HEADER", NOTED),
    "append": Verb("^APPEND", NOTED),
    "move": Verb("^UID MOVE", MOVED),
    "examine": Verb("^EXAMINE"),
    "idle": Verb("^IDLE"),
}
DOING = ("select", "search", "sizes", "fetch", "find", "append", "move")
BROKEN: dict[str, Act] = {
    "cut-0": cut(0),
    "cut-1": cut(1),
    "cut-half": cut("half"),
    "cut-last": cut("last"),
    "cut-unheard": unheard,
    "stall": stall(done=False),
    "stall-done": stall(done=True),
    "stall-half": stall_within(0.5),
    "bye": bye(done=False),
    "bye-done": bye(done=True),
}
REFUSED: dict[str, Act] = {
    "no": refuse("NO not now"),
    "bad": refuse("BAD what is that"),
    "overquota": refuse("NO [OVERQUOTA] the mailbox is full"),
    "unavailable": refuse("NO [UNAVAILABLE] the backend is away"),
}
TALKATIVE: dict[str, Act] = {
    "exists": unsolicited("* 99 EXISTS", "* 0 RECENT"),
    "alert": unsolicited("* OK [ALERT] the server goes down at noon"),
    "late": late(0.3),
}
SPECIAL: dict[str, tuple[str, Act]] = {
    "late-at-greeting": ("greeting", late(0.3)),
    "too-late-at-greeting": ("greeting", late(1.5)),
    "bye-at-greeting": ("greeting", bye(done=False)),
    "larger-at-fetch": ("fetch", lying_literal(lambda size: size + 100)),
    "smaller-at-fetch": ("fetch", lying_literal(lambda size: max(0, size - 100))),
    "nothing-at-fetch": ("fetch", lying_literal(lambda size: 0)),
    "huge-at-fetch": ("fetch", lying_literal(lambda size: 2**32)),
    "other-uid-at-fetch": ("fetch", other_uid),
    "other-uid-at-sizes": ("sizes", other_uid),
    "no-data-at-fetch": ("fetch", without_data),
    "no-data-at-sizes": ("sizes", without_data),
    "no-data-at-find": ("find", without_data),
    "expunge-at-find": ("find", unsolicited("* 1 EXPUNGE")),
    "expunge-at-move": ("move", unsolicited("* 1 EXPUNGE")),
    "refused-and-done-at-move": ("move", refuse("NO not now", done=True)),
}
POINTS: dict[str, tuple[str, Act]] = {
    **{f"{act}-at-{verb}": (verb, BROKEN[act]) for verb in VERBS for act in BROKEN},
    **{f"{act}-at-{verb}": (verb, REFUSED[act]) for verb in (*DOING, "list", "login", "idle") for act in REFUSED},
    **{f"{act}-at-{verb}": (verb, TALKATIVE[act]) for verb in DOING for act in TALKATIVE},
    **SPECIAL,
}


def cases() -> Sequence[str]:
    own = [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in KINDS for point in POINTS]
    return [*own, *mailbox.cases()]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    if name in mailbox.POINTS:
        return mailbox.episode(case, seed)
    verb, act = POINTS[name]
    repeat, chance = int(text), luck("imap", case, seed)
    own = make(kind, 1, chance)
    needed = (
        () if kind in VERBS[verb].reached_by else make("stranger" if verb in {"find", "append"} else "text", 11, chance)
    )
    mails = (*own, *needed)
    if repeat == 1:
        mails = (*some(3, chance, 20), *mails, *some(2, chance, 30))
    mails = told_apart(mails)
    faults = [
        Fault(
            name,
            VERBS[verb].pattern,
            act,
            times=chance.choice([1, 1, 2, 4]) if name.partition("-at-")[0] in REFUSED else 1,
        )
    ]
    if repeat == 2:
        faults.append(_another(chance))

    @contextmanager
    def inject(world: World) -> Iterator[None]:
        proxy = mailbox.before(world)
        proxy.arm(*faults)
        yield
        until(lambda: name in proxy.injected, 5)  # the watcher's connection goes its own way
        world.struck += proxy.injected
        proxy.heal()

    # Looking what people have done in the folders is trouble of its own, said once.
    return Episode(f"imap:{case}:{seed}", mails, (QUICK,), inject, must=name, trouble=("cannot be looked into",))


def _another(chance: random.Random) -> Fault:
    """A fault that breaks nothing for ever, at the second or third time."""
    name = chance.choice(sorted(POINTS))
    verb, act = POINTS[name]
    return Fault(f"also-{name}", VERBS[verb].pattern, act, nth=chance.choice([1, 2, 3]))
