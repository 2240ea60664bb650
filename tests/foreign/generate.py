"""Documents out of a seed: the same seed, split and count give the same bytes."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tests.foreign import catalogue, letter
from tests.foreign.content import draw
from tests.foreign.layouts import ALL, Layout
from tests.foreign.truth import Truth, truth
from tests.foreign.voice import LANGUAGES, Voice

SPLITS = ("tuned", "unseen")
_SLOW = 0.15
"""How often a scan is drawn, against 1 for the other formats: recognition takes seconds a page."""


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    mail: bytes
    truth: Truth

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        path.write_bytes(self.mail)
        path.with_name(f"{self.name}.truth.json").write_text(
            json.dumps(self.truth, ensure_ascii=False, indent=1), "utf-8"
        )
        return path


@cache
def split_of() -> dict[str, str]:
    """Layout → tuned | unseen."""
    table = tomllib.loads((Path(__file__).parent / "split.toml").read_text("utf-8"))
    return {name: split for split in SPLITS for name in table[split]}


@dataclass(frozen=True, slots=True)
class Only:
    """The formats and layouts that are wanted among the documents; none named: all."""

    formats: frozenset[str] = frozenset()
    layouts: frozenset[str] = frozenset()

    def __call__(self, layout: str, form: str) -> bool:
        return (not self.formats or form in self.formats) and (not self.layouts or layout in self.layouts)


EVERY = Only()


def documents(seed: int, count: int, split: str, wording: str = "usual", only: Only = EVERY) -> Iterator[Document]:
    """``split``: tuned, unseen or both; the other wording is for the unseen alone. Each document is the same whatever
    ``only`` leaves beside it."""
    if wording != "usual" and split != "unseen":
        raise ValueError("the other wordings are for the unseen layouts alone")
    known = catalogue.read()
    layouts = [one for one in ALL if split in {"both", split_of()[one.name]}]
    for serial in range(count):
        rng = Random(f"{seed}/{split}/{serial}")
        layout = rng.choice(layouts)
        form = rng.choices(layout.formats, [_SLOW if one == "scan" else 1 for one in layout.formats])[0]
        if only(layout.name, form):
            yield document(rng, known, layout, form, rng.choice(LANGUAGES), serial, wording)


def document(
    rng: Random,
    known: catalogue.Catalogue,
    layout: Layout,
    form: str,
    language: str,
    serial: int,
    wording: str = "usual",
) -> Document:
    voice = Voice(rng, language, slips=0.12 if rng.random() < 0.15 else 0, wording=wording)
    order = draw(rng, voice, known, serial, layout.shows)
    name = f"{serial:05d}-{layout.name}-{form}-{language}.eml"
    mail = letter.wrap(order, voice, layout.make(order, voice, form), form, serial)
    return Document(name, mail, truth(order, name, layout.name, split_of()[layout.name], form, layout.shows))
