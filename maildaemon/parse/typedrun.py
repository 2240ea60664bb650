"""Order lines that are typed as sentences, one below the other."""

from collections.abc import Iterable

from maildaemon.model import Document, Line
from maildaemon.parse import prose
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.raw import RawLine, Text, at

LIST_REACH = 6


class Run:
    """A line that is not sure of itself counts only beside another."""

    def __init__(self, result: Scan) -> None:
        self.result = result
        self.pending: list[tuple[Line, prose.Typed]] = []
        self.ordered: list[tuple[Line, str]] = []
        self.listed: list[tuple[Line, str]] = []

    def add(self, line: Line, found: Iterable[prose.Typed]) -> None:
        self.pending.extend((line, one) for one in found)

    def item(self, line: Line, mark: str) -> None:
        """An item of a list, with what marks it, that is no order line."""
        self.listed.append((line, mark))

    def end(self, *, blank: bool = False) -> None:
        """A blank line leaves open what is alone and not sure: it is no order line."""
        if blank and len(self.pending) == 1 and not self.pending[0][1].sure:
            self.pending.clear()
            return
        run, self.pending = self.pending, []
        if any(found.sure for _, found in run) or len(run) > 1:
            for line, found in run:
                self.ordered.append((line, prose.bullet(line.text) or ""))
                raw = RawLine(_fields(self.result.document, line, found))
                self.result.events.append(Event(line.number * 10, "lines", lines=(raw,), own=({},), zone=line.zone))

    def doubt_listed(self) -> None:
        """An item of a list of order lines that is none itself must not go missing without a word."""
        for line, mark in self.listed:
            near = 1 if mark in {"figure", "code"} else LIST_REACH
            if any(
                mark == other and line.zone is known.zone and abs(line.number - known.number) <= near
                for known, other in self.ordered
            ):
                self.result.doubts.append(
                    f"line {line.number} stands among order lines and could not be read: “{line.text.strip()[:60]}”"
                )


def _fields(document: Document, line: Line, found: prose.Typed) -> dict[str, Text]:
    texts = {
        "quantity": found.quantity, "sku": found.sku, "description": found.description,
        "unit_price": found.unit_price, "amount": found.amount,
    }  # fmt: skip
    score = 0.9 if found.sure else 0.7
    return {name: at(document, line, text, score) for name, text in texts.items() if text}
