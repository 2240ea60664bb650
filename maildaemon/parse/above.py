"""A label alone above its value, in a paragraph of two lines."""

from collections.abc import Sequence

from maildaemon.model import Line
from maildaemon.parse.dates import dated, dated_in
from maildaemon.parse.labels import LONGEST, Label, Labels, exactly, named
from maildaemon.parse.numbers import number

_DATES = frozenset({"order_date", "requested_date"})
_YEAR = 2028
VALUE_LIMIT = 160


def below(lines: Sequence[Line], index: int, label: Label, labels: Labels, *, laid_out: bool) -> Line | None:
    """The line below, when it is the value of the label that line ``index`` is: what it says is of the label's kind, or
    in a document that is ``laid_out`` (no typed text, in which a name below a word may be a signature) a further such
    paragraph stands beside it."""
    if label.similarity < 1 or label.field is None or not _is_paragraph(lines, index):
        return None
    text = lines[index + 1].text.strip()
    if len(text) > VALUE_LIMIT or text.endswith(":") or named(labels.header, text.partition(":")[0]) is not None:
        return None
    if label.field in _DATES:
        proved = dated(text) is not None or dated_in(text, _YEAR) is not None
    elif label.field == "po_number":
        proved = len(text.split()) <= 2 and any(map(str.isdigit, text)) and dated(text) is None
    elif label.field == "total":
        proved = (found := number(text)) is not None and (found.currency is not None or found.mark is not None)
    else:
        proved = laid_out and label.weight == 1 and any(_is_pair(lines, at, labels) for at in (index - 3, index + 3))
    return lines[index + 1] if proved else None


def _is_paragraph(lines: Sequence[Line], index: int) -> bool:
    """Two lines of one zone, with a blank line or what was read as a table above and below them."""
    if index + 1 >= len(lines) or not lines[index + 1].text.strip() or lines[index].zone is not lines[index + 1].zone:
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
