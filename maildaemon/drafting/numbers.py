"""The PO numbers of the samples → a pattern for all that look like them, or why there is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_RUNS = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]")
BEFORE, BEHIND = r"(?<![\w/-])", r"(?![\w/-])"
"""What must not touch the number, so that no part of a longer one is taken for it."""
LONGEST, RUNS = 60, 12
_PLAIN = "-_/:#& "
SURE_DIGITS = range(9, 12)
"""So long a number of digits alone is no year, postcode, date, quantity or GTIN."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``pattern`` is a regular expression, None when ``why`` says that none is sure enough."""

    pattern: str | None
    why: str


def pattern(numbers: Sequence[str], others: Sequence[str]) -> Pattern:
    """``others`` are texts of the samples that are no PO number: a pattern that finds one there is no good."""
    known = list(dict.fromkeys(numbers))
    if not known:
        return Pattern(None, "no PO number was read")
    told = ", ".join(known[:4])
    parts = [_RUNS.findall(number) for number in known]
    if any(
        not number.isascii() or len(number) > LONGEST or len(runs) > RUNS
        for number, runs in zip(known, parts, strict=True)
    ):
        return Pattern(None, f"unlike any usual number: {told}")
    if len({tuple(map(_kind, runs)) for runs in parts}) != 1:
        return Pattern(None, f"the numbers are built in different ways: {told}")
    if any(len(set(texts)) > 1 for texts in zip(*parts, strict=True) if texts[0].isalpha()):
        return Pattern(None, f"their letters differ, as numbers of several buyers do: {told}")
    body = "".join(_run(list(texts)) for texts in zip(*parts, strict=True))
    if all(map(str.isdigit, known)):
        lengths = {len(number) for number in known}
        if not lengths <= set(SURE_DIGITS) or len({number[:2] for number in known}) != 1:
            return Pattern(None, f"digits alone, as years, quantities and article numbers are: {told}")
        body = known[0][:2] + _many(r"\d", [length - 2 for length in sorted(lengths)])
    whole = f"{BEFORE}{body}{BEHIND}"
    twin = next((found[0] for other in others if (found := re.search(whole, other[:LONGEST]))), None)
    if twin is not None:
        return Pattern(None, f"{twin}, which is no PO number, looks like {told}")
    return Pattern(whole, f"from {told}")


def _kind(run: str) -> str:
    return "digits" if run.isdigit() else "letters" if run.isalpha() else run


def _run(texts: Sequence[str]) -> str:
    """One pattern for the texts that stand at the same place of each number."""
    if texts[0].isdigit():
        return _many(r"\d", [len(text) for text in texts])
    return texts[0] if texts[0].isalpha() or texts[0] in _PLAIN else re.escape(texts[0])


def _many(what: str, lengths: Sequence[int]) -> str:
    least, most = min(lengths), max(lengths)
    return f"{what}{{{least}}}" if least == most else f"{what}{{{least},{most}}}"
