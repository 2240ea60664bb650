"""`maildaemon replay`: the ledger's mails decided again under another playbook, and what would be different."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import DEFAULT_CONFIG, ConfigOption, plainly, read_config, time_of
from maildaemon.settings import Settings

if TYPE_CHECKING:
    from maildaemon.replay import Change

SHOWN = 200
"""Lines of the table for people; --json tells all."""


@plainly
def replay(
    parsers: Annotated[Path | None, typer.Option(help="Read the mails anew by these profiles.", metavar="DIR")] = None,
    rules: Annotated[Path | None, typer.Option(help="Judge by the rules in this folder.", metavar="DIR")] = None,
    since: Annotated[str | None, typer.Option(help="Only mails received since then.", metavar="TIME")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per change and line.")] = False,
) -> None:
    """Decide the ledger's mails again by what was known then, and show what would be different. Changes nothing."""
    found = read_config(config)
    when = time_of("--since", since) if since is not None else None
    seen, changes = _replayed(found, parsers, rules, when, quiet=as_json)
    if as_json:
        for one in changes:
            print(json.dumps(asdict(one), ensure_ascii=False))
        return
    _show(Console(), seen, changes)


def _replayed(
    found: Settings, parsers: Path | None, rules: Path | None, since: datetime | None, *, quiet: bool
) -> "tuple[int, list[Change]]":
    from maildaemon.edge import history, playbooks

    bundle = playbooks.gather(parsers or found.parsers, rules or found.rules)
    playbook = playbooks.build(bundle)
    total = history.count(found.ledger, since)
    junk = {box.name: box.junk for box in found.mailbox}
    past = history.pasts(found.ledger, since, junk, raw=parsers is not None)
    pairs = _read_anew(past, bundle) if parsers is not None else ((one, one.reading) for one in past)
    console = Console(stderr=True)
    shown = track(pairs, "Replaying", total, console=console, disable=quiet or not console.is_terminal)
    return total, list(_changes(shown, found, playbook))


def _changes(pairs: Any, found: Settings, playbook: Any) -> "Iterator[Change]":
    from maildaemon.catalogue import Catalogue
    from maildaemon.edge.importing import read_ledger
    from maildaemon.housing import house
    from maildaemon.replay import again, change

    catalogue = Catalogue(read_ledger(found.ledger))
    stands = {box.name: house(found, box, b"").stand for box in found.mailbox}
    for past, reading in pairs:
        stand = stands.get(past.mailbox) or next(iter(stands.values()))
        new = again(past, reading, playbook, stand, lambda question, at: catalogue.look_up(question, at=at))
        if (one := change(past, new)) is not None:
            yield one


def _read_anew(past: Any, bundle: Any) -> Iterator[Any]:
    """Each mail with what the profiles of the bundle read in it; what cannot be read anew stays as it was read."""
    from maildaemon.desk import ReadFailure
    from maildaemon.edge.child import Limits
    from maildaemon.edge.children import ChildReader

    reader = ChildReader(bundle, limits=Limits())
    try:
        for one in past:
            if one.raw is None:
                yield one, one.reading
                continue
            (reading,) = reader.read([one.raw])
            yield one, one.reading if isinstance(reading, ReadFailure) else reading
    finally:
        reader.close()


def _show(console: Console, seen: int, changes: "list[Change]") -> None:
    if not changes:
        console.print(f"{seen} mails decided again: nothing would be different.")
        return
    table = Table("mail", "from", "was → would be", "why")
    for one in changes[:SHOWN]:
        mark = " [approved by a person]" if one.approved else ""
        today = f" [{one.today} by today's facts]" if one.today else ""
        why = "; ".join(one.why[:3]) + (f" (and {len(one.why) - 3} more)" if len(one.why) > 3 else "")
        cells = (str(one.mail_id), one.sender or "", f"{one.was} → {one.would_be}{mark}", why + today)
        table.add_row(*(Text(log.safe(cell)) for cell in cells))
    console.print(table)
    if len(changes) > SHOWN:
        console.print(f"and {len(changes) - SHOWN} more; --json lists them all")
    for (was, would_be), count in Counter((one.was, one.would_be) for one in changes).most_common():
        console.print(f"{was} → {would_be}: {count}")
    overruled = sum(one.approved for one in changes)
    if overruled:
        sentence = f"{overruled} of these a person has approved as they were."
        console.print(Text(sentence, "bold yellow"))
    console.print(f"{len(changes)} of {seen} mails would be decided otherwise.")
