"""A cell of a heading that names two things, one below the other: "Article / Description", "Quantity / Unit"."""

from functools import lru_cache

from maildaemon.parse.labels import LONGEST, Label, Labels, Vocabulary, exactly, named

_CODES = frozenset({"item", "sku", "buyer_sku"})
WORDS = 8


def twofold(text: str, labels: Labels) -> tuple[tuple[str, Label], tuple[str, Label]] | None:
    """Both labels of lines, as written and as they are. None when the text is a label by itself, or can be parted in
    two ways. A line break parts it where the reader has seen one below the other."""
    if len(text) > 2 * LONGEST:
        return None
    above, parted, below = text.partition("\n")
    if parted:
        one, other = named(labels.column, above), named(labels.column, below)
        return ((above, one), (below, other)) if one is not None and other is not None and _differ(one, other) else None
    return _parted(labels.column, text) if " " in text else None


@lru_cache(maxsize=4096)
def _parted(vocabulary: Vocabulary, text: str) -> tuple[tuple[str, Label], tuple[str, Label]] | None:
    words = text.split()
    if len(words) > WORDS:
        return None
    if text.count("/") == 1:
        halves = text.split("/")
        if (pair := _pair(vocabulary, halves[0].strip(), halves[1].strip())) is not None:
            return pair
    if exactly(vocabulary, text) is not None:
        return None
    found = [_pair(vocabulary, " ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    pairs = [pair for pair in found if pair is not None]
    return pairs[0] if len(pairs) == 1 else None


def _pair(vocabulary: Vocabulary, one: str, other: str) -> tuple[tuple[str, Label], tuple[str, Label]] | None:
    first, second = (exactly(vocabulary, part) if part else None for part in (one, other))
    return (
        ((one, first), (other, second)) if first is not None and second is not None and _differ(first, second) else None
    )


def _differ(first: Label, second: Label) -> bool:
    return None not in {first.field, second.field} and first.field != second.field


def joined(text: str, labels: Labels) -> Label | None:
    """What the cells below hold when both values stand in one: the code with what it is, the quantity with its unit."""
    found = twofold(text, labels)
    if found is None:
        return None
    (_, first), (_, second) = found
    if first.field in _CODES and second.field in {"description", "item"}:
        return Label("item", 1.0, 1.0, first.languages)
    if first.field == "quantity" and second.field == "unit":
        return Label("quantity", 1.0, 1.0, first.languages)
    return None
