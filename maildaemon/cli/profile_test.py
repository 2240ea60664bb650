"""`maildaemon profile test`: what a profile reads of its samples, and whether it is what their golden files say."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maildaemon import golden
from maildaemon.cli.base import FAILED, end
from maildaemon.cli.sources import Sources, read
from maildaemon.cli.trying import file_bytes
from maildaemon.desk import ReadFailure
from maildaemon.edge import samples as store
from maildaemon.golden import Change
from maildaemon.model import Reading
from maildaemon.report import evidence
from maildaemon.wording import counted

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Tested:
    """One sample. ``golden`` is "same", "different", "missing" (a sample without its golden file), "written" or
    "none" (a mail that is no sample); ``changes`` are between the golden file and now, ``general`` between the values
    that the general reader alone would have read and now; ``wrong`` says why the test fails, if it does."""

    file: Path
    reading: Reading | None
    claimed: tuple[str, ...] = ()
    golden: str = "none"
    changes: tuple[Change, ...] = ()
    general: tuple[Change, ...] = ()
    wrong: tuple[str, ...] = field(default=())


def examine(name: str, files: Sequence[Path], where: Sources, *, bless: bool) -> Iterator[Tested]:
    """Each file, or each sample of the profile. Ends the command when there is no such profile, or no sample."""
    names = sorted({profile.name for profile in where.playbook.profiles} | {GENERAL})
    if name not in names:
        end(FAILED, f"{name}: no such profile in {where.folder}; there are {', '.join(names)}")
    folder = store.folder(where.folder, name)
    paths = tuple(files) or store.mails(folder)
    if not paths:
        end(
            FAILED,
            f"{folder}: no sample mail in it; expected FILE…, or samples as `maildaemon profile draft` writes them",
        )
    found = [(path, file_bytes(path)) for path in paths]
    good = [(path.name, data) for path, data in found if isinstance(data, bytes)]
    readings, plain = iter(read(where.bundle, good)), iter(read(where.alone(), good))
    for path, data in found:
        if isinstance(data, str):
            yield Tested(path, None, wrong=(data,))
        else:
            yield _one(path, name, next(readings), next(plain), where, is_sample=not files, bless=bless)


def _one(
    path: Path,
    name: str,
    reading: Reading | ReadFailure,
    plain: Reading | ReadFailure,
    where: Sources,
    *,
    is_sample: bool,
    bless: bool,
) -> Tested:
    if isinstance(reading, ReadFailure):
        return Tested(path, None, wrong=(reading.reason,))
    claimed = tuple(profile.name for profile in where.playbook.claimed(reading.mail, reading.documents))
    wrong = list(_claimed_wrongly(name, claimed))
    text = golden.text(reading.orders)
    changes: tuple[Change, ...] = ()
    try:
        was = store.expected(path)
    except ValueError as error:
        was = None
        if not bless:
            wrong.append(str(error))
    told = "none" if was is None else "same"
    if was is not None:
        changes = golden.changes(was, json.loads(text))
        told = "different" if changes else "same"
    elif is_sample:
        told = "missing"
    if bless and told != "same" and reading.profile == name:
        store.write([(store.expected_file(path), text.encode())])
        told = "written"
    if told == "different":
        wrong.append(
            f"{counted(len(changes), 'difference')} to {store.expected_file(path).name}; is it right now? then --bless"
        )
    if told == "missing":
        wrong.append(f"{store.expected_file(path).name} is missing: --bless writes it, read what it says")
    general = () if isinstance(plain, ReadFailure) else _beside(plain, reading)
    return Tested(path, reading, claimed, told, changes, general, tuple(wrong))


def _claimed_wrongly(name: str, claimed: Sequence[str]) -> Iterator[str]:
    others = [one for one in claimed if one != name]
    if name != GENERAL and name not in claimed:
        yield f"{name} does not claim it" + (
            f", {' and '.join(others)} does" if others else ": the general profile reads it"
        )
    elif others and name == GENERAL:
        yield f"{' and '.join(others)} claims it"
    elif others:
        yield f"{' and '.join(others)} claims it too: two claimants send a mail to review, narrow one of them"


def _beside(plain: Reading, reading: Reading) -> tuple[Change, ...]:
    was, now = golden.stated(plain.orders), golden.stated(reading.orders)
    return tuple(
        Change(path, was.get(path), now.get(path))
        for path in dict.fromkeys((*was, *now))
        if was.get(path) != now.get(path)
    )


def as_json(tested: Tested) -> dict[str, Any]:
    """One file's object."""
    reading = tested.reading
    values = golden.stated(reading.orders) if reading else {}
    return {
        "file": str(tested.file),
        "kind": str(reading.kind) if reading else None,
        "profile": reading.profile if reading else None,
        "claimed_by": list(tested.claimed),
        "values": [{"value": values[item["field"]], **item} for item in evidence(reading.orders)] if reading else [],
        "doubts": [doubt for order in reading.orders for doubt in order.doubts] if reading else [],
        "remarks": list(reading.remarks) if reading else [],
        "golden": tested.golden,
        "changes": [{"field": one.field, "was": one.was, "now": one.now} for one in tested.changes],
        "general": [{"field": one.field, "general": one.was, "profile": one.now} for one in tested.general],
        "wrong": list(tested.wrong),
    }
