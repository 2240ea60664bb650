"""What the `profile` commands print for a person: values with their evidence, changes, what to look at."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import golden
from maildaemon.cli.profile_draft import Drafted
from maildaemon.cli.profile_test import Tested
from maildaemon.cli.sources import Sources
from maildaemon.edge import samples as store
from maildaemon.golden import Change
from maildaemon.log import safe
from maildaemon.model import Reading
from maildaemon.playbook import Claims
from maildaemon.report import evidence
from maildaemon.wording import counted, shown

LONGEST, MOST = 120, 12
_PATH = re.compile(r"orders\[([0-9]{1,6})\]\.(?:lines\[([0-9]{1,6})\]\.)?(.{1,60})")


def drafted(console: Console, made: Drafted) -> None:
    """The files, what was found, what is to be looked at, the next commands."""

    def say(text: str, style: str = "") -> None:
        console.print(Text(safe(text), style), soft_wrap=True)

    profile, *samples = made.written
    say(f"{profile}: written", "bold")
    for sentence in made.draft.found:
        say(f"  {sentence}")
    say(f"{samples[0].parent}: {counted(len(samples) // 2, 'sample')}, with what is read of each beside it", "bold")
    look = [*made.draft.look, *(f"{file}: the profile {other} claims it too" for file, other in made.also)]
    if look:
        say("Look at:", "bold yellow")
        for sentence in look:
            say(f"  · {shown(sentence, 400)}")
    say("Next:", "bold")
    say(f"  1. read {profile} and correct it; its comments say what each line rests on")
    say(f"  2. maildaemon profile test {made.name}")


def tested(console: Console, name: str, one: Tested) -> None:
    """One sample: the values, then what is to be said of them."""
    reading = one.reading
    what = f": {reading.kind}, read by {reading.profile}" if reading else ""
    console.print(Text(safe(f"{one.file}{what}"), "bold"), soft_wrap=True)
    if reading is not None:
        if not reading.orders:
            console.print(Text(f"  no order was read: {safe(reading.kind_reason)}"), soft_wrap=True)
        for index in range(len(reading.orders)):
            console.print(_values(reading, index))
        for doubt in _doubts(reading):
            console.print(Text(f"  · {safe(doubt)}", "yellow"), soft_wrap=True)
        _changes(console, one.changes)
        if name != "general":
            for sentence in _beside(one.general):
                console.print(Text(f"  {sentence}"), soft_wrap=True)
    for sentence in one.wrong:
        console.print(Text(f"  wrong: {safe(sentence)}", "bold red"), soft_wrap=True)
    if not one.wrong:
        said = {"written": "the golden file is written: read it", "same": "as its golden file says"}
        console.print(Text(f"  ok: {said.get(one.golden, 'it has no golden file to compare with')}", "green"))


def listed(console: Console, where: Sources) -> None:
    table = Table("name", "source", "claims", "samples", box=None, pad_edge=False)
    for profile in where.playbook.profiles:
        count = len(store.mails(store.folder(where.folder, profile.name)))
        source = str(profile.source) if "source" in profile.model_fields_set else ""
        table.add_row(*map(Text, (profile.name, source, _claims(profile.claims), str(count))))
    console.print(table if table.row_count else f"No profile in {where.folder}: the general reader reads everything.")


def _claims(claims: Claims) -> str:
    parts = {
        "from": claims.sender,
        "subject": claims.subject,
        "to": claims.to,
        "contains": claims.contains,
        "edi": claims.edi,
    }
    said = [f"{key} {' or '.join(map(safe, texts))}" for key, texts in parts.items() if texts]
    return ", ".join(said) or "what no other profile claims"


def _values(reading: Reading, index: int) -> Table:
    """A row for each value: what it is, where it stands, how sure; below it the text that it was read from, once."""
    table = Table("field", "value “and its text”", "where", "score", box=None, pad_edge=True)
    for column, width in zip(table.columns, (22, 29, 14, 5), strict=True):
        column.max_width, column.overflow = width, "fold"
    values = golden.stated(reading.orders)
    said = ""
    for item in evidence(reading.orders):
        if not item["field"].startswith(f"orders[{index}]"):
            continue
        cell = Text(safe(values[item["field"]]))
        text = shown(item["text"], LONGEST)
        if text not in {cell.plain, said}:
            cell.append(f"\n“{safe(text)}”", "dim")
        said = text
        table.add_row(Text(_field(item["field"])), cell, Text(safe(item["where"])), Text(f"{item['score']:.2f}"))
    return table


def _field(path: str) -> str:
    """``orders[0].lines[1].sku`` as people count: ``line 2 sku``, of a further order ``order 2 line 2 sku``."""
    found = _PATH.fullmatch(path)
    if found is None:
        return safe(path)
    order = f"order {int(found[1]) + 1} " if found[1] != "0" else ""
    line = f"line {int(found[2]) + 1} " if found[2] else ""
    return f"{order}{line}{safe(found[3])}"


def _doubts(reading: Reading) -> list[str]:
    own = [doubt for order in reading.orders for doubt in order.doubts]
    return [*reading.doubts, *dict.fromkeys(own), *reading.remarks, *(f"not read: {text}" for text in reading.unread)]


def _changes(console: Console, changes: Sequence[Change]) -> None:
    """Each difference to the golden file, as was → now; the text that was read only where nothing else differs."""
    if changes:
        console.print(Text("  Changed since the golden file was written, was → now:"))
    for one in changes:
        was, now = (None if text is None else " | ".join(text.split(" | ")[:3]) for text in (one.was, one.now))
        if was == now:
            was, now = one.was, one.now
        was, now = ("nothing" if text is None else safe(shown(text, 2 * LONGEST)) for text in (was, now))
        console.print(Text(f"    {_field(one.field)}: {was} → {now}", "bold"), soft_wrap=True)


def _beside(general: Sequence[Change]) -> Iterator[str]:
    """What the general reader alone makes of the mail."""
    if not general:
        yield "The general reader alone would have read the same."
    unread = [_field(one.field) for one in general if one.was is None]
    if unread:
        more = f" and {len(unread) - MOST} more" if len(unread) > MOST else ""
        yield f"The general reader alone would not have read {', '.join(unread[:MOST])}{more}."
    for one in general:
        if one.was is not None:
            now = "nothing" if one.now is None else safe(shown(one.now, LONGEST))
            was = safe(shown(one.was, LONGEST))
            yield f"The general reader alone would have read {_field(one.field)} {was}, not {now}."


def summary(console: Console, name: str, folder: Path, count: int, bad: int) -> None:
    said = f"{name}: {counted(count, 'mail')}, {f'{bad} wrong' if bad else 'all as they should be'}"
    console.print(Text(f"{said} ({safe(folder)})", "bold red" if bad else "bold green"), soft_wrap=True)
