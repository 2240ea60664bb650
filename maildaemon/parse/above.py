"""A label alone above its value, in a paragraph of two lines."""

from collections.abc import Sequence

from maildaemon.model import Line
from maildaemon.parse.dates import dated, dated_in
from maildaemon.parse.labels import LONGEST, Label, Labels, exactly, named
from maildaemon.parse.numbers import currency, number

_DATES = frozenset({"order_date", "requested_date"})
_YEAR = 2028
VALUE_LIMIT = 160
ADDRESS_LINES = 8
FORM_LINES = 30


def below(lines: Sequence[Line], index: int, label: Label, labels: Labels, *, laid_out: bool) -> Line | None:
    """The line below, when it is the value of the label that line ``index`` is: what it says is of the label's kind, or
    in a document that is ``laid_out`` (no typed text, in which a name below a word may be a signature) a further such
    paragraph stands beside it."""
    if label.similarity < 1 or label.field is None or not _is_paragraph(lines, index):
        return None
    text = lines[index + 1].text.strip()
    if len(text) > VALUE_LIMIT or text.endswith(":") or named(labels.header, text.partition(":")[0]) is not None:
        return None
    proved = proves(label, text)
    if proved is None:
        beside = any(_is_pair(lines, at, labels) for at in (index - 3, index + 3))
        proved = laid_out and label.weight == 1 and (beside or in_form(lines, index, labels))
    return lines[index + 1] if proved else None


def in_form(lines: Sequence[Line], index: int, labels: Labels) -> bool:
    """The paragraph of two lines stands among others, of which two at least begin with a label of ours."""
    if not _is_paragraph(lines, index):
        return False
    first = index
    while index - first < FORM_LINES and _is_paragraph(lines, first - 3):
        first -= 3
    known = count = 0
    for at in range(first, index + FORM_LINES, 3):
        if not _is_paragraph(lines, at):
            break
        count += 1
        head = lines[at].text.strip().rstrip("0123456789#. :")
        known += len(head) <= LONGEST and (exactly(labels.header, head) or exactly(labels.column, head)) is not None
    return count >= 3 and known >= 2


def proves(label: Label, text: str) -> bool | None:
    """Whether the text is of the label's kind; None where any text is."""
    if label.field in _DATES:
        return dated(text) is not None or dated_in(text, _YEAR) is not None
    if label.field == "po_number":
        return len(text.split()) <= 2 and any(map(str.isdigit, text)) and dated(text) is None
    if label.field == "total":
        return (found := number(text)) is not None and (found.currency is not None or found.mark is not None)
    if label.field == "currency":
        return currency(text) is not None
    return None


def is_address(lines: Sequence[Line], index: int, labels: Labels) -> bool:
    """The lines from ``index`` to a blank one are those of an address: two and more, short, with a figure among them,
    and none of them a label or a sentence."""
    texts: list[str] = []
    for line in lines[index : index + ADDRESS_LINES + 1]:
        text = line.text.strip()
        if not text or line.zone is not lines[index].zone:
            break
        if (
            len(text) > (VALUE_LIMIT if text.count(",") > 1 else LONGEST)
            or text[-1] in ":!?"
            or "|" in text
            or "  " in text
            or number(text) is not None
        ):
            return False
        if exactly(labels.header, text.rstrip(": ")) is not None or exactly(labels.column, text) is not None:
            break
        texts.append(text)
    least = 1 if texts and texts[0].count(",") > 1 else 2
    return least <= len(texts) <= ADDRESS_LINES and any(any(map(str.isdigit, text)) for text in texts)


def _is_paragraph(lines: Sequence[Line], index: int) -> bool:
    """Two lines of one zone, with a blank line or what was read as a table above and below them."""
    if (
        index < 0
        or index + 1 >= len(lines)
        or not lines[index + 1].text.strip()
        or lines[index].zone is not lines[index + 1].zone
    ):
        return False
    return not _touch(lines, index - 1) and not _touch(lines, index + 1) and _touch(lines, index)


def _touch(lines: Sequence[Line], above: int) -> bool:
    """The line and the one below it both hold a text, and nothing stands between them."""
    if not 0 <= above < len(lines) - 1:
        return False
    one, other = lines[above], lines[above + 1]
    return bool(one.text.strip()) and bool(other.text.strip()) and other.number == one.number + 1


def _is_pair(lines: Sequence[Line], index: int, labels: Labels) -> bool:
    if not 0 <= index < len(lines) or not _is_paragraph(lines, index):
        return False
    text = lines[index].text.strip()
    return len(text) <= LONGEST and exactly(labels.header, text) is not None
