"""What the commands of `review` share: the ledger, the decision service, numbers of mails and answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildaemon.cli.base import FAILED, end, read_config
from maildaemon.settings import Settings

if TYPE_CHECKING:
    from maildaemon.edge.ledger import SqlLedger
    from maildaemon.persons import Persons

MAIL, ANSWER = "M", "A"
NUMBER = re.compile(r"([MAma]?)([0-9]{1,18})(?:\.([0-9]{1,3}))?", re.ASCII)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object on a line.")]


def numbered(text: str, unless_said: str) -> tuple[str, int, tuple[int, ...] | None]:
    """``M12`` is a mail, ``M12.2`` the second order in it, ``A7`` an answer; ``unless_said``: what a bare number is.
    The order is given by its place, from 0; None: the whole mail."""
    found = NUMBER.fullmatch(text)
    if found is None or (found[3] is not None and int(found[3]) == 0):
        end(FAILED, f"{text}: expected a number such as M12 (a mail), M12.2 (the second order in it) or A7 (an answer)")
    which = found[1].upper() or (MAIL if found[3] is not None else unless_said)
    if which == ANSWER and found[3] is not None:
        end(FAILED, f"{text}: an answer goes out as a whole; expected its number, such as A{found[2]}")
    return which, int(found[2]), (int(found[3]) - 1,) if found[3] is not None else None


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings) -> "Iterator[SqlLedger]":
    from maildaemon.edge.ledger import SqlLedger

    ledger = SqlLedger(settings.ledger)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def service(settings: Settings) -> "Iterator[Persons]":
    """The decision service beside a daemon that may be running. Raises ConfigError for a source of facts."""
    from maildaemon.daemon import effective, persons
    from maildaemon.edge import playbooks
    from maildaemon.edge.facts.wiring import sources
    from maildaemon.edge.importing import Shelf
    from maildaemon.edge.restored import Restored

    with opened(settings) as ledger:
        settings = effective(settings, Restored(ledger.database).copied_at())
        bundle = playbooks.gather(settings.parsers, settings.rules, settings.templates)
        playbook = playbooks.build(bundle)
        shelf = Shelf(ledger.database)
        facts = sources(settings.facts, shelf)
        try:
            found = persons(settings, ledger, playbook, now, shelf, facts=facts)
            found.renewed(playbook, playbooks.layouts(bundle))
            yield found
        finally:
            facts.close()


def sending(config: Path) -> Settings:
    found = read_config(config)
    if found.mode == "shadow":
        end(FAILED, "the mode is shadow: nothing is sent; set mode = draft or auto first")
    return found
