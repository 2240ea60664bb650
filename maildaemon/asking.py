"""Asking: what a batch of mails wants to know of the sources outside, in one go."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from maildaemon.catalogue import Catalogue
from maildaemon.desk import Facts, Pending, ReadFailure
from maildaemon.facts import About, FactAnswer, FactKind
from maildaemon.learning import learned, wanted
from maildaemon.model import Known, Questions, Reading
from maildaemon.playbook import Playbook

Asking = Sequence[tuple[Pending, Reading | ReadFailure, tuple[Questions, ...]]]


class Nobody:
    """Implements maildaemon.desk.Facts where no source is configured."""

    kinds: frozenset[FactKind] = frozenset()

    def ask(self, abouts: Sequence[About], now: datetime) -> Mapping[tuple[str, ...], FactAnswer]:  # noqa: ARG002
        return {}


@dataclass(frozen=True, slots=True)
class Told:
    """What each mail of a batch asked, by its id, one tuple per order; and what was answered, by what it is about."""

    asked: Mapping[int, tuple[tuple[About, ...], ...]] = field(default_factory=dict)
    answers: Mapping[tuple[str, ...], FactAnswer] = field(default_factory=dict)
    since: tuple[tuple[str, ...], ...] = ()
    """What was said since of each order of the one mail that waited."""

    def to(self, mail_id: int, known: tuple[Known, ...]) -> tuple[Known, ...]:
        """What is known for each order of a mail, with what it was told."""
        if self.since:
            known = tuple(replace(facts, since=said) for facts, said in zip(known, self.since, strict=True))
        abouts = self.asked.get(mail_id)
        if abouts is None:
            return known
        return tuple(learned(facts, asks, self.answers) for facts, asks in zip(known, abouts, strict=True))


def ask(facts: Facts, asking: Asking, catalogue: Catalogue, playbook: Playbook, now: datetime) -> Told:
    """What a mail breaks here it breaks again where it is judged, and there it is set aside."""
    if not facts.kinds:
        return Told()
    asked: dict[int, tuple[tuple[About, ...], ...]] = {}
    for pending, reading, questions in asking:
        if not isinstance(reading, ReadFailure) and questions:
            with contextlib.suppress(Exception):
                known = [catalogue.look_up(question, (), now) for question in questions]
                asked[pending.mail_id] = wanted(reading, known, playbook, facts.kinds)
    abouts = {one.key: one for orders in asked.values() for order in orders for one in order}
    return Told(asked, facts.ask(tuple(abouts.values()), now) if abouts else {})
