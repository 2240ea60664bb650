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
NUMBER = re.compile(r"([MAma]?)([0-9]{1,18})", re.ASCII)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object on a line.")]


def numbered(text: str, unless_said: str) -> tuple[str, int]:
    """``M12`` is a mail, ``A7`` an answer; ``unless_said`` is what a bare number means."""
    found = NUMBER.fullmatch(text)
    if found is None:
        end(FAILED, f"{text}: expected a number such as M12 (a mail) or A7 (an answer)")
    return found[1].upper() or unless_said, int(found[2])


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
    """The decision service beside a daemon that may be running."""
    from maildaemon.daemon import effective, persons
    from maildaemon.edge import playbooks
    from maildaemon.edge.importing import Shelf
    from maildaemon.edge.restored import Restored

    with opened(settings) as ledger:
        settings = effective(settings, Restored(ledger.database).copied_at())
        bundle = playbooks.gather(settings.parsers, settings.rules, settings.templates)
        playbook = playbooks.build(bundle)
        found = persons(settings, ledger, playbook, now, Shelf(ledger.database))
        found.renewed(playbook, playbooks.layouts(bundle))
        yield found


def sending(config: Path) -> Settings:
    found = read_config(config)
    if found.mode == "shadow":
        end(FAILED, "the mode is shadow: nothing is sent; set mode = draft or auto first")
    return found
