"""How well made-up orders are read, and what was acknowledged: a table per layout, format and language."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from tests.foreign.catalogue import FOLDER
from tests.foreign.compare import findings
from tests.foreign.faults import acknowledged, faults
from tests.foreign.generate import EVERY, Document, Only, documents

AT = "2026-11-23T09:00:00Z"
BATCH = 60
"""Mails a run of the command; later ones see the earlier ones as orders seen."""


@dataclass(slots=True)
class Tally:
    """``counts``: documents, right, wrong, missing, invented, acknowledged, could (be acknowledged), ignored, faulty."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    fields: Counter[str] = field(default_factory=Counter)
    differences: list[dict[str, Any]] = field(default_factory=list)
    faulty: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Orders that nobody would ever see: not acknowledged, and not put before a person either."""
    broken: list[str] = field(default_factory=list)

    def add(self, truth: dict[str, Any], answer: dict[str, Any] | None) -> None:
        if answer is None:
            self.broken.append(truth["file"])
            answer = {}
        judged = Counter({"documents": 1, "could": int(truth["acknowledgeable"])})
        for one in findings(truth, answer):
            judged[one.verdict] += 1
            self.fields[f"{one.verdict} {one.field}"] += 1
            if one.verdict != "right":
                entry = {
                    "document": truth["file"],
                    "layout": truth["layout"],
                    "format": truth["format"],
                    "field": one.field,
                }
                self.differences.append({**entry, "verdict": one.verdict, "truth": one.want, "got": one.got})
        wrong = faults(truth, answer)
        judged["acknowledged"] = bool(acknowledged(answer))
        judged["faulty"] = bool(wrong)
        if answer.get("decision") == "ignore" and truth["doc_kind"] == "purchase_order":
            judged["ignored"] = 1
            self.ignored.append(truth["file"])
        if wrong:
            self.faulty.append({"document": truth["file"], "why": wrong, "answer": answer.get("orders")})
        for key in (
            ("layout", truth["layout"]),
            ("format", truth["format"]),
            ("language", truth["language"]),
            ("", "all"),
        ):
            self.counts[key].update(judged)


def answers(paths: Sequence[Path], *, quiet: bool = False) -> Iterator[dict[str, Any] | None]:
    """What ``maildaemon try`` says to each file, None where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        known = _known(Path(folder))
        yield from _answers(paths, known, quiet=quiet)


def _known(folder: Path) -> Path:
    """The demo's master data as of the time of deciding: its stock was counted then."""
    for table in FOLDER.glob("*.csv"):
        text = re.sub(r"\{\{stamp(?::-\d+h)?\}\}", AT, table.read_text("utf-8"))
        (folder / table.name).write_text(re.sub(r"\{\{date:\+(\d+)\}\}", _later, text), "utf-8")
    return folder


def _later(days: re.Match[str]) -> str:
    return (datetime.fromisoformat(AT) + timedelta(days=int(days[1]))).date().isoformat()


def _answers(paths: Sequence[Path], known: Path, *, quiet: bool) -> Iterator[dict[str, Any] | None]:
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    for batch in track(batches, "reading", console=Console(stderr=True), disable=quiet):
        command = [
            sys.executable,
            "-m",
            "maildaemon",
            "try",
            "--known",
            str(known),
            "--at",
            AT,
            "--json",
            *map(str, batch),
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in said.stdout.splitlines() if line.strip()]
        yield from lines if len(lines) == len(batch) else [None] * len(batch)


def measured(
    made: Sequence[Document], folder: Path, *, quiet: bool = False
) -> tuple[Tally, list[dict[str, Any] | None]]:
    paths = [document.write(folder) for document in made]
    said = list(answers(paths, quiet=quiet))
    tally = Tally()
    for document, answer in zip(made, said, strict=True):
        tally.add(document.truth, answer)
    return tally, said


def run(
    split: str, wording: str, count: int, seed: int, report: Path | None, keep: Path | None, only: Only = EVERY
) -> int:
    """Exit status 1 where anything was wrongly acknowledged, or got no answer."""
    console = Console(stderr=True)
    made = list(track(documents(seed, count, split, wording, only), "writing", total=count, console=console))
    with tempfile.TemporaryDirectory() as temporary:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        tally, said = measured(made, keep or Path(temporary))
    print(f"{len(made)} documents of the layouts {split} in the {wording} wordings, seed {seed}\n")
    print(shown(tally))
    if keep:
        (keep / "answers.jsonl").write_text(
            "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in said), "utf-8"
        )
    if report:
        objections = [
            {"document": one.truth["file"], "could": one.truth["acknowledgeable"], "kind": (answer or {}).get("kind"), "decision": (answer or {}).get("decision"),
             "objections": (answer or {}).get("objections")}
            for one, answer in zip(made, said, strict=True)
        ]  # fmt: skip
        whole = {
            "faulty": tally.faulty,
            "broken": tally.broken,
            "differences": tally.differences,
            "decisions": objections,
        }
        report.write_text(json.dumps(whole, ensure_ascii=False, indent=1, default=str), "utf-8")
    return 1 if tally.faulty or tally.broken else 0


def shown(tally: Tally) -> str:
    out = []
    for kind in ("layout", "format", "language", ""):
        out.append(
            f"{kind:20}{'docs':>6}{'right':>8}{'wrong':>7}{'missing':>9}{'invented':>10}{'recall':>8}{'precision':>11}{'could':>7}{'acknowledged':>14}{'ignored':>9}{'WRONGLY':>9}"
        )
        out += [_row(name, counts) for (group, name), counts in sorted(tally.counts.items()) if group == kind]
        out.append("")
    names = sorted({name.partition(" ")[2] for name in tally.fields})
    out += [
        f"{name:20}"
        + "  ".join(
            f"{verdict} {tally.fields[f'{verdict} {name}']:>6}" for verdict in ("right", "wrong", "missing", "invented")
        )
        for name in names
    ]
    out += ["", *(f"WRONGLY ACKNOWLEDGED {one['document']}: {'; '.join(one['why'])}" for one in tally.faulty)]
    out += [f"IGNORED {name}" for name in tally.ignored]
    out += [f"NO ANSWER {name}" for name in tally.broken]
    return "\n".join(out)


def _row(name: str, counts: Counter[str]) -> str:
    right, wrong, missing, invented = (counts[verdict] for verdict in ("right", "wrong", "missing", "invented"))
    recall = right / (right + wrong + missing) if right + wrong + missing else 1
    precision = right / (right + wrong + invented) if right + wrong + invented else 1
    return (
        f"{name:20}{counts['documents']:>6}{right:>8}{wrong:>7}{missing:>9}{invented:>10}{recall:>8.3f}{precision:>11.3f}"
        f"{counts['could']:>7}{counts['acknowledged']:>14}{counts['ignored']:>9}{counts['faulty']:>9}"
    )
