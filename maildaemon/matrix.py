"""The matrix (``rules/matrix.toml``): per source, and finer, by which deck an order is judged and what follows."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from maildaemon.model import Mode, Objection, Order, Source
from maildaemon.strict import File, Strict

Required = Literal[
    "customer", "lines", "po_number", "order_date", "requested_date", "currency", "ship_to", "bill_to", "payment_terms",
    "total",
]  # fmt: skip
COMPLETE = "record-is-complete"
Channel = Literal["mail", "branded", "short"]
OTHERS = "others"
"""Customers of no class, or of one that is not named."""
_SAID = {"customer": "the customer is not known", "lines": "it has no lines"}


TRIGGERS = 'expected "parsed", "written" or { field = "stage", is = ["won"] }'
NO_CLOCKS = "no clock runs beside an order, so that nothing would be escalated by one; take the key out"


class FieldTrigger(Strict):
    """An order waits until the field has one of these values, whatever the case. What it is now, a source of facts
    says (``[[facts]]`` in maildaemon.toml)."""

    field: Literal["stage"]
    values: tuple[Annotated[str, Field(min_length=1, max_length=60)], ...] = Field(alias="is", min_length=1)

    def fires(self, value: str) -> bool:
        return value.strip().casefold() in {one.strip().casefold() for one in self.values}


class Row(Strict):
    """One row. ``source``, ``profile`` and ``customer`` say for which orders it is; the others what holds for them. A
    mail is written when it is there, so that the triggers ``written`` and ``parsed`` are one and the same for it.
    ``unknown_facts``: what becomes of an order while a source outside does not say what it is asked; ``hold_hours``:
    how long an order is held at most, whatever it waits for."""

    source: Source | None = None
    profile: str | None = None
    customer: str | None = None
    trigger: Literal["parsed", "written"] | FieldTrigger = "parsed"
    required: tuple[Required, ...] = ()
    deck: str = Field(default="orders", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    channel: Mapping[str, Channel] = Field(default={OTHERS: "mail"})
    fallback: Literal["review"] = "review"
    mode: Mode = Mode.AUTO
    commits: Literal["receipt", "acceptance"] = "receipt"
    team: str | None = Field(default=None, min_length=1, max_length=60)
    unknown_facts: Literal["review", "hold"] = "review"
    hold_hours: float = Field(default=24, gt=0, le=24 * 366)

    @field_validator("trigger", mode="wrap")
    @classmethod
    def _one_that_is_there(cls, value: object, handler: Callable[[object], Any]) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise ValueError(f"{TRIGGERS}, not {value!r}") from None

    @field_validator("channel", mode="before")
    @classmethod
    def _for_all_or_by_class(cls, value: object) -> object:
        """``"short"``, or ``{ enterprise = "branded", others = "mail" }``."""
        if isinstance(value, str):
            if value not in get_args(Channel):
                raise ValueError(f"expected one of {', '.join(get_args(Channel))}, not {value!r}")
            return {OTHERS: value}
        return value

    def channel_of(self, order: Order) -> str:
        """That of the customer's class."""
        customer = order.customer.customer
        whose = (customer.customer_class or "").casefold() if customer is not None else ""
        named = {name.casefold(): channel for name, channel in self.channel.items()}
        return named.get(whose) or named.get(OTHERS, "mail")

    @property
    def key(self) -> tuple[str | None, str | None, str | None]:
        return (self.customer, self.profile, self.source)

    def holds(self, order: Order) -> bool:
        customer = order.customer.customer
        number = customer.number.casefold() if customer is not None else None
        return (
            (self.source is None or self.source is order.source)
            and (self.profile is None or self.profile == order.profile)
            and (self.customer is None or self.customer.casefold() == number)
        )


class Matrix(Strict):
    row: tuple[Row, ...] = Field(min_length=1)

    def find(self, order: Order) -> Row:
        """The finest row that holds: the customer's before the profile's before the source's."""
        found = [row for row in self.row if row.holds(order)]
        return max(found, key=lambda row: [part is not None for part in row.key], default=EVERYTHING)


EVERYTHING = Row()
PLAIN = Matrix(row=(EVERYTHING,))
"""Where no matrix is given: every order is judged by ``rules/orders.toml``."""


def matrix(text: str, where: str, decks: frozenset[str], profiles: Mapping[str, frozenset[Source]]) -> Matrix:
    """Read ``rules/matrix.toml``: its decks and profiles must exist, every source have a row, every deck a use, every
    row be reached. ``profiles``: the sources that the mail of each can have. Raises PlaybookError."""
    file = File(where, text)
    data = file.toml()
    rows = data.get("row")
    for number, entry in enumerate(rows if isinstance(rows, list) else (), 1):
        if isinstance(entry, dict) and (clock := next((one for one in ("clock", "clocks") if one in entry), None)):
            raise file.error(f"row {number}: {clock}: {NO_CLOCKS}", "row", number - 1, clock)
    try:
        found = Matrix.model_validate(data)
    except ValidationError as error:
        raise file.invalid(error) from None
    seen: dict[tuple[str | None, ...], int] = {}
    for index, row in enumerate(found.row):
        if (wrong := _misplaced(row, decks, profiles)) is not None:
            raise file.error(f"row {index + 1}: {wrong[0]}: {wrong[1]}", "row", index, wrong[0])
        key = tuple(part.casefold() if part is not None else None for part in row.key)
        if (first := seen.setdefault(key, index)) != index:
            what = (
                f"row {first + 1} (line {file.line('row', first)}) is for the same orders, so this one is never reached"
            )
            raise file.error(f"row {index + 1}: {what}", "row", index)
    covered = {row.source for row in found.row if row.customer is None and row.profile is None}
    if None not in covered and (left := [source for source in Source if source not in covered]):
        raise file.error(f"no row for the source {left[0]}; expected one for each, or one without source")
    if idle := sorted(decks - {row.deck for row in found.row}):
        raise file.error(f"no row uses rules/{idle[0]}.toml")
    return found


def unanswered(found: Matrix, kinds: Collection[str]) -> str | None:
    """What is wrong where a row waits for a field that no source of facts tells of; ``kinds`` are those that one is
    configured for."""
    for number, row in enumerate(found.row, 1):
        if isinstance(row.trigger, FieldTrigger) and row.trigger.field not in kinds:
            field = row.trigger.field
            return (
                f"rules/matrix.toml: row {number}: trigger: nothing says what the {field} of an order is; expected "
                f'[[facts]] with kind = "{field}" in maildaemon.toml'
            )
    return None


def _misplaced(row: Row, decks: frozenset[str], profiles: Mapping[str, frozenset[Source]]) -> tuple[str, str] | None:
    """The key of a row that names what there is not, and what is wrong with it."""
    if row.deck not in decks:
        return "deck", f"there is no rules/{row.deck}.toml"
    if row.profile is None:
        return None
    if row.profile not in profiles:
        return "profile", f"there is no parsers/{row.profile}.toml"
    if row.source is not None and row.source not in profiles[row.profile]:
        only = " or ".join(sorted(profiles[row.profile]))
        return "source", f"the mail of {row.profile} is of the source {only}, so this row is never reached"
    return None


def incomplete(index: int, order: Order, row: Row) -> tuple[Objection, ...]:
    """What the row requires and neither the order nor the customer's record says."""
    return tuple(Objection(index, COMPLETE, reason) for reason in _missing(order, row))


def _missing(order: Order, row: Row) -> Iterator[str]:
    customer = order.customer.customer
    record = {
        "customer": customer,
        "lines": order.lines or None,
        # It goes where it always goes, if that is one place.
        "ship_to": customer.ship_to if customer is not None and len(customer.ship_to) == 1 else None,
        "bill_to": customer.bill_to if customer is not None and len(customer.bill_to) == 1 else None,
        "payment_terms": customer.payment_terms if customer is not None else None,
        "currency": customer.currency if customer is not None else None,
    }
    if customer is None and "customer" in row.required:
        yield _SAID["customer"]  # there is no record to look into
        return
    for name in row.required:
        if record.get(name) or (name not in {"customer", "lines"} and getattr(order, name) is not None):
            continue
        yield _SAID.get(name, f"{name.replace('_', ' ')} is neither stated nor on record")
