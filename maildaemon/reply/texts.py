"""The words of a reply, one TOML file per language, strictly loaded."""

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from maildaemon.strict import File, Strict

FOLDER = Path(__file__).parent / "texts"


def _with(*names: str) -> AfterValidator:
    """A text in which exactly these placeholders stand."""

    def check(text: str) -> str:
        if "\n" in text or not text.strip():
            raise ValueError("expected one line of text")
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"braces do not match: {error}") from None
        if any(spec or conversion for _, _, spec, conversion in parts):
            raise ValueError("expected placeholders without format")
        found = {name for _, name, _, _ in parts if name is not None}
        if found != set(names):
            wanted = ", ".join(f"{{{name}}}" for name in names) or "no placeholders"
            raise ValueError(f"expected {wanted}")
        return text

    return AfterValidator(check)


Plain = Annotated[str, _with()]


class Occasion(Strict):
    """What is said of an order, a change or a cancellation: subjects with and without a PO number and for several,
    the first sentence for one and for several, and what this message is not."""

    subject: Annotated[str, _with("number", "reference")]
    subject_unnumbered: Annotated[str, _with("reference")]
    subject_many: Annotated[str, _with("count", "list")]
    opening: Plain
    opening_many: Plain
    receipt: Plain
    acceptance: Plain


class Repeat(Strict):
    """What is said of orders that came before, unchanged: of each whether it is taken in, or still being checked."""

    name: Annotated[str, _with("po")]
    subject: Annotated[str, _with("number", "reference")]
    subject_many: Annotated[str, _with("list")]
    opening: Plain
    opening_many: Plain
    taken_in: Annotated[str, _with("number", "day", "reference")]
    checking: Annotated[str, _with("number", "day", "reference")]
    differs: Plain


class Brief(Strict):
    """What is told, without detail, of a mail whose sender is not proved; ``unsent``: what to do if it is a forgery."""

    subject: Annotated[str, _with("number")]
    subject_unnumbered: Plain
    opening: Annotated[str, _with("number")]
    opening_unnumbered: Plain
    unsent: Plain


class Texts(Strict):
    """One language. ``units`` names UN/ECE Rec 20 codes; a code that is missing there is shown as it is."""

    decimal: str = Field(min_length=1, max_length=1)
    group: str = Field(min_length=1, max_length=1)
    date: Annotated[str, _with("day", "month", "year")]
    months: tuple[str, ...] = Field(min_length=12, max_length=12)
    number: Annotated[str, _with("po")]
    our_reference: Plain
    your_number: Plain
    requested_date: Plain
    expected: Plain
    late: Annotated[str, _with("requested", "day")]
    in_stock: Plain
    partial: Annotated[str, _with("there", "day")]
    back_order: Annotated[str, _with("day")]
    payment: Plain
    customer: Plain
    delivery: Plain
    positions: Plain
    part_number: Plain
    total: Plain
    tax: Plain
    checking: Plain
    differs: Plain
    contact: Annotated[str, _with("contact")]
    automatic: Plain
    pixel: Plain
    order: Occasion
    change: Occasion
    cancellation: Occasion
    repeat: Repeat
    brief: Brief
    units: dict[str, str]


def texts(text: str, where: str, under: Mapping[str, Any] | None = None) -> Texts:
    """One language out of its file; what the file does not say is as in ``under``. Raises PlaybookError."""
    file = File(where, text)
    said = file.toml()
    try:
        return Texts.model_validate(_over(under or {}, said))
    except ValidationError as error:
        raise file.invalid(error) from None


def _over(under: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Table by table."""
    merged = dict(under)
    for key, value in said.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


@cache
def all_texts() -> Mapping[str, Texts]:
    """Every language that we write, by its ISO 639-1 code."""
    return {path.stem: texts(path.read_text("utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml"))}


def choose(*wishes: str | None) -> tuple[str, Texts]:
    """The first language that we write (``de-AT`` is ``de``), English when there is none."""
    return choose_of(all_texts(), *wishes)


def choose_of(known: Mapping[str, Texts], *wishes: str | None) -> tuple[str, Texts]:
    """The same among other words than the shipped ones."""
    for wish in wishes:
        code = (wish or "")[:2].lower()
        if code in known and not (wish or "")[2:3].isalpha():
            return code, known[code]
    return "en", known["en"]
