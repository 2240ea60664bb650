"""The heading of order lines: which column holds which field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from maildaemon.parse.labels import Label, Labels, exactly, named, squash, without_currency
from maildaemon.parse.numbers import number
from maildaemon.parse.twofold import joined
from maildaemon.parse.units import quantity, unit

WHAT = frozenset({"sku", "buyer_sku", "gtin", "description", "item"})
SUMS = frozenset({"quantity", "unit_price", "amount"})
_ORDERS = ("order.po_number", "order.order_date")
_CALLED = {"quantity": "quantity", "unit_price": "unit price", "sku": "article number"}
# How a heading says that the numbers below are the supplier's, or the buyer's when the supplier's stand beside them.
_SUPPLIERS = re.compile(
    "your|ihre|lief|vendor|supplier|seller|mfr|manufacturer|herst|votre|vs|fourn|reffourn|refprov|su|proveedor|"
    "vostro|fornitore|codicefornitore|uw|leverancier"
)
OWN = re.compile("material(?:no|nr|number|nummer)?|mat(?:no|nr)|sachn(?:ummer|r)|internal(?:ref|no|nr|code)?")
_ASIDE = re.compile(r"[(\[/]([^()\[\]/]{1,40})[)\]]?$")
_PLAIN = frozenset(
    "net netto excl excl. vat ht hors taxe taxes each ea unit einheit unité unidad stück st stk pro per je piece "
    "unità u.m. u/m udm unid einh einh. eh ehd "
    "excl. vat ex vat ohne mwst netto eur eur/stk ordered bestellt m ud pz stuk eenheid order qty uom me a b".split()
) | {"excl. vat", "ex vat", "excl vat", "ohne mwst", "hors taxes", "per unit", "per piece", "je stück", "per stuk"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds which field, with its label; ``currency`` is what the headings state, with its column.
    ``unread`` are the columns that hold no field of ours and may say something of their line, with their headings."""

    fields: dict[str, tuple[int, float]]
    currency: tuple[str, int] | None = None
    unread: tuple[tuple[int, str], ...] = ()
    languages: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    """The columns that may each be what is ordered: Item, Article, Product."""
    positions: tuple[int, ...] = ()
    """The columns that count the lines, by their headings: Pos., No."""
    supposed: bool = False
    """No heading says quantity, and one that says Amount may mean it: only the figures below can tell."""


def columns(cells: Sequence[str], labels: Labels) -> Columns | None:
    """The columns, when the row is the heading of order lines: one holds a quantity, one says of what."""
    filled = [cell for cell in cells if cell]
    if len(filled) < 2:
        return None
    vocabulary = labels.column
    known = any(
        squash(without_currency(cell)[0]) in vocabulary.exact or ("/" in cell and exactly(vocabulary, cell) is not None)
        for cell in filled
        if len(cell) < 40
    )
    if not known and (len(filled) < 3 or any(map(str.isdigit, "".join(filled)))):
        return None
    found = [
        joined(cell, labels) or _counted(cell, labels) or named(vocabulary, cell)
        if cell and not cell.isdigit()
        else None
        for cell in cells
    ]
    if sum(label is not None for label in found) < 2:
        return None
    found = [
        label or (named(vocabulary, cell, kind=True) if cell and _is_free(cell, labels) else None)
        for cell, label in zip(cells, found, strict=True)
    ]
    counting = _counting(found, cells)
    if counting is not None:
        found[counting] = Label("quantity", 1.0, 0.9)
    found = _of_order(_roles(found, cells), cells, labels)
    chosen, doubts = _chosen(found, cells)
    if "quantity" not in chosen or not WHAT & set(chosen):
        return None
    if sum(label is not None for label in found) * 2 < len(set(filled)):
        return None
    doubts = (*doubts, *_qualified(cells, chosen))
    stated = [(code, at) for at, cell in enumerate(cells) if (code := without_currency(cell)[1])]
    codes = {code for code, _ in stated}
    languages = tuple(label.languages[0] for label in found if label and len(label.languages) == 1)
    items = tuple(at for at, label in enumerate(found) if label and label.field == "item")
    positions = tuple(at for at, label in enumerate(found) if label and label.field == "position")
    currency = stated[0] if len(codes) == 1 else None
    unread = _unread(cells, found, chosen, doubts)
    return Columns(chosen, currency, unread, languages, doubts, items, positions, counting is not None)


def _counted(cell: str, labels: Labels) -> Label | None:
    """``Qty (Unit)``: the quantity with its unit behind it, not the unit of a quantity."""
    head, opened, aside = cell.partition("(")
    label = exactly(labels.column, head.strip()) if opened else None
    if label is None or label.field != "quantity":
        return None
    beside = exactly(labels.column, aside.rstrip(") "))
    return label if beside is not None and beside.field == "unit" else None


def _is_free(cell: str, labels: Labels) -> bool:
    """It means nothing else letter by letter: Kart. is no slip of the pen for Part, nor Date for Rate."""
    return unit(cell) is None and exactly(labels.header, cell) is None


def heading_at(rows: Sequence[Sequence[str]], at: int, labels: Labels) -> tuple[Columns, int] | None:
    """The heading that begins in row ``at``, and how many rows it takes: two, where the second goes on with the words
    of the first ("Unit" above "price") and more columns are told by both than by the first alone."""
    first = columns(rows[at], labels)
    second = rows[at + 1] if at + 1 < len(rows) else ()
    if not _goes_on(rows[at], second):
        return (first, 1) if first is not None else None
    both = columns(_joined(rows[at], second), labels)
    if both is None or (first is not None and _known(both) <= _known(first)):
        return (first, 1) if first is not None else None
    # Where the second row is a heading by itself, the first is none of it: a title, or names of groups of columns.
    alone = columns(second, labels)
    if first is None and alone is not None and _known(alone) >= _known(both):
        return None
    return both, 2


def _goes_on(first: Sequence[str], second: Sequence[str]) -> bool:
    """Words alone, in at least two columns that the first row names too: no row of an order."""
    filled = [cell for cell in second if cell]
    if not filled or sum(map(bool, first)) < 2 or any(map(str.isdigit, "".join((*filled, *first)))):
        return False
    return all(len(cell) <= 30 for cell in filled) and any(
        cell and above and cell != above for cell, above in zip(second, first, strict=False)
    )


def _joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    cells = []
    for above, below in zip_longest(first, second, fillvalue=""):
        if above.endswith("-") and below[:1].islower():
            cells.append(above[:-1] + below)
        else:
            cells.append(above if above == below else f"{above} {below}".strip())
    return cells


def _known(found: Columns) -> int:
    """How many columns the heading tells: those of ours, and those that are known to be none."""
    return len(found.fields) - len(found.unread)


def looks_like_one(cells: Sequence[str], labels: Labels) -> bool:
    """A heading of prices or amounts with no more than one of the other two: what is ordered, and how much of it."""
    filled = [cell for cell in cells if cell]
    if not 3 <= len(filled) <= 20 or any(map(str.isdigit, "".join(filled))):
        return False
    fields = {label.field for cell in filled if (label := named(labels.column, cell)) is not None}
    return len(fields & (WHAT | SUMS)) > 1 and not fields.isdisjoint({"unit_price", "amount"})


_PER = re.compile(r"(?:preis|price|prijs)[- ]?(?:einheit|unit|eenheid)", re.IGNORECASE)
"""The same letters as Preis/Einheit and Price/unit, which are the price of one."""


def _roles(found: list[Label | None], cells: Sequence[str]) -> list[Label | None]:
    """Beside a column of the supplier's numbers, Material is the buyer's own; beside Qty, Units is the unit; of two
    columns of articles that no other column describes, the second is the description."""
    fields = [label.field if label else None for label in found]
    keys = [squash(cell) for cell in cells]
    roles = list(found)
    if any(name == "sku" and _SUPPLIERS.match(key) for name, key in zip(fields, keys, strict=True)):
        for at, key in enumerate(keys):
            if fields[at] in {"sku", "item"} and "buyer_sku" not in fields and OWN.fullmatch(key):
                roles[at] = Label("buyer_sku", 1.0, 1.0)
    for at, cell in enumerate(cells):
        if fields[at] == "unit_price" and fields.count("unit_price") > 1 and _PER.fullmatch(cell.strip(" .:")):
            roles[at] = Label("price_per", 1.0, 1.0)
    if fields.count("quantity") > 1 and "unit" not in fields:
        for at, key in enumerate(keys):
            if key == "units":
                roles[at] = Label("unit", 1.0, 1.0)
    return roles


def _counting(found: Sequence[Label | None], cells: Sequence[str]) -> int | None:
    """Amount beside a price and a total, where nothing says quantity: whoever does not write in his own language calls
    the quantity so."""
    fields = [label.field if label else None for label in found]
    if "quantity" in fields or "unit_price" not in fields or fields.count("amount") != 2:
        return None
    called = [at for at, name in enumerate(fields) if name == "amount" and squash(cells[at]) == "amount"]
    return called[0] if len(called) == 1 else None


def _of_order(found: list[Label | None], cells: Sequence[str], labels: Labels) -> list[Label | None]:
    """Where each row names its order, a column Date is that of the order; beside a date, a column Order names it."""
    fields = {label.field for label in found if label is not None}
    weak: dict[str, int] = {}
    for at, (label, cell) in enumerate(zip(found, cells, strict=True)):
        told = exactly(labels.header, cell) if label is None and cell else None
        if told is not None and told.weight < 1 and told.field in {"po_number", "order_date"}:
            weak.setdefault(f"order.{told.field}", at)
    if "quantity" not in fields or not all(fields & {name} or name in weak for name in _ORDERS):
        return found
    given = list(found)
    for name, at in weak.items():
        if name not in fields:
            given[at] = Label(name, 1.0, 0.9)
    return given


def _qualified(cells: Sequence[str], chosen: dict[str, tuple[int, float]]) -> tuple[str, ...]:
    """A heading that counts in dozens or prices by the hundred: nothing below it is what it looks like."""
    said = []
    for name in sorted(SUMS & set(chosen)):
        cell = cells[chosen[name][0]]
        found = _ASIDE.search(cell)
        aside = found[1].strip().casefold() if found else ""
        if aside and without_currency(f"x {aside.upper()}")[1] is None and unit(aside) != "EA" and aside not in _PLAIN:
            said.append(f"the heading “{cell[:40]}” says more than {name.replace('_', ' ')}")
    return tuple(said)


def _unread(
    cells: Sequence[str],
    found: Sequence[Label | None],
    chosen: dict[str, tuple[int, float]],
    doubts: tuple[str, ...],
) -> tuple[tuple[int, str], ...]:
    read = {at for at, _ in chosen.values()}
    told = {"position", "ignored"} | (SUMS if doubts else set())
    quiet = {at for at, label in enumerate(found) if label and label.field in told}
    return tuple((at, cell.strip()) for at, cell in enumerate(cells) if at not in read and at not in quiet)


def _chosen(
    found: Sequence[Label | None], cells: Sequence[str]
) -> tuple[dict[str, tuple[int, float]], tuple[str, ...]]:
    """One column for each field. Two that both claim to be the price are a doubt, and neither is read; of two that
    claim to be the quantity the first is kept with the doubt, so that the lines are seen."""
    chosen: dict[str, tuple[int, float]] = {}
    doubts: list[str] = []
    open_fields: set[str] = set()
    for at, label in enumerate(found):
        if label is None or label.field is None or label.field in {"position", "ignored", "telling"}:
            continue
        if label.field not in chosen or label.score > chosen[label.field][1]:
            chosen[label.field] = (at, label.score)
        elif label.score == chosen[label.field][1] and label.field in _CALLED:
            one, other = cells[chosen[label.field][0]], cells[at]
            if squash(one) != squash(other) and not (label.field == "sku" and _SUPPLIERS.match(squash(one))):
                doubts.append(f"two columns may be the {_CALLED[label.field]}: {one[:40]} and {other[:40]}")
                open_fields |= {label.field} & {"unit_price"}
    return {name: where for name, where in chosen.items() if name not in open_fields}, tuple(doubts)


def fits(cells: Sequence[str], heading: Columns) -> bool:
    """Every figure stands where a figure is expected."""
    for name in ("quantity", "unit_price", "amount"):
        at = heading.fields.get(name, (-1, 0))[0]
        if not 0 <= at < len(cells) or not cells[at]:
            continue
        if (quantity(cells[at]) if name == "quantity" else number(cells[at])) is None:
            return False
    return True
