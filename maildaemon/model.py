"""The nouns: what the rooms hand to each other, as frozen dataclasses."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from maildaemon.facts import Fact as Fact
from maildaemon.ordered import Contents, Relation, Status
from maildaemon.records import Alias as Alias
from maildaemon.records import Bought as Bought
from maildaemon.records import Customer as Customer
from maildaemon.records import History as History
from maildaemon.records import Price as Price
from maildaemon.records import Product as Product
from maildaemon.records import Stock as Stock
from maildaemon.states import Filing as Filing
from maildaemon.structure import Message
from maildaemon.supply import Promise as Promise
from maildaemon.supply import Reservation as Reservation
from maildaemon.supply import Step as Step
from maildaemon.supply import Supply as Supply
from maildaemon.supply import SupplyState as SupplyState
from maildaemon.written import Reply as Reply

T = TypeVar("T")


class Kind(StrEnum):
    """What a mail is, recognised from its form; only the first three carry orders."""

    ORDER = "order"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    INVOICE = "invoice"
    QUOTATION = "quotation"
    ORDER_RESPONSE = "order-response"
    DELIVERY_NOTICE = "delivery-notice"
    REPLY = "reply"
    BOUNCE = "bounce"
    READ_RECEIPT = "read-receipt"
    AUTO_REPLY = "auto-reply"
    BULK = "bulk"
    REPORT = "report"
    OTHER = "other"


ORDERS = frozenset({Kind.ORDER, Kind.CHANGE, Kind.CANCELLATION})


class Source(StrEnum):
    """The kind of channel an order came through."""

    DIRECT = "direct"
    PORTAL = "portal"
    WEB_FORM = "web-form"
    CRM = "crm"
    EDI = "edi"
    PHONE = "phone"


class Mode(StrEnum):
    """How far the program is trusted: look only; write the answer and wait for a person; answer."""

    SHADOW = "shadow"
    DRAFT = "draft"
    AUTO = "auto"


class Zone(StrEnum):
    """Where in a mail a text stands; it lowers the score of what is found there."""

    TOP = "top"
    QUOTE = "quote"
    FORWARD = "forward"
    SIGNATURE = "signature"
    HIDDEN = "hidden"


class Action(StrEnum):
    """What the gate decides, from the mildest to the strictest (see :func:`strictest`)."""

    IGNORE = "ignore"
    ACKNOWLEDGE = "acknowledge"
    HOLD = "hold"
    REVIEW = "review"
    ESCALATE = "escalate"


def lowest(*modes: Mode) -> Mode:
    """The most careful of them."""
    return min(modes, key=tuple(Mode).index, default=Mode.AUTO)


STRICTNESS = tuple(Action)
OPEN = frozenset({Action.HOLD, Action.REVIEW, Action.ESCALATE})


def strictest(actions: "list[Action] | tuple[Action, ...]") -> Action:
    """The mail's decision out of its orders' decisions: escalate > review > hold > acknowledge > ignore."""
    return max(actions, key=STRICTNESS.index, default=Action.IGNORE)


# --- the mail ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail was found. A UID means something only together with its UIDVALIDITY (RFC 9051, 2.3.1.1)."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Mail:
    """The head of one received message, decoded and bounded. Addresses are lower-case in their domain, never None
    inside a tuple; texts hold no control characters. ``headers`` keeps every header in order, names in lower case."""

    sha256: str
    size: int
    message_id: str | None = None
    sender: str | None = None
    sender_name: str | None = None
    reply_to: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    return_path: str | None = None
    """The envelope sender: ``""`` is the null path of a bounce, None says that no Return-Path was written."""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain"
    defects: tuple[str, ...] = ()
    """What is wrong with the head and matters to trust: two From headers, a sender that can be read two ways."""

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case), or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of that name (lower case), in order."""
        return tuple(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text with where it stands. ``number`` counts from 1 in its document."""

    text: str
    number: int
    zone: Zone = Zone.TOP


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cells, spans already expanded, every row equally long. ``line`` is the number of the text line behind
    which it stands; in a document of pages or sheets each row is one of the lines that follow."""

    rows: tuple[tuple[str, ...], ...]
    line: int = 0
    zone: Zone = Zone.TOP


@dataclass(frozen=True, slots=True)
class Document:
    """One readable part of a mail. ``name`` is for people ("body", "po.csv", "forwarded 1/body"), ``author`` the sender
    that a forwarded text claims for itself, ``problem`` says in plain words why it could not be read; ``messages`` are
    the structured ones (X12, EDIFACT, cXML, UBL) that it carries."""

    name: str
    media_type: str
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    author: str | None = None
    problem: str | None = None
    size: int = 0
    inline: bool = False
    """An image or signature part shown in a body: no client sends an order in it."""
    oddities: tuple[str, ...] = ()
    """What its form says and its text does not: text that is struck through, form fields, what was not read of it."""
    parts: tuple[tuple[int, str], ...] = ()
    """Pages or sheets: the number of the first line of each, and what its lines are called: "page 2, line"."""
    messages: tuple[Message, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """What its text says of an address in the web, and the address as written. Nothing ever follows one."""


# --- the order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value with its evidence: the document's name, the place in it, the text that was read, how sure (0 to 1)."""

    value: T
    document: str = ""
    place: str = ""
    text: str = ""
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class CustomerMatch:
    """Whom we take the buyer for, ``how`` (address, domain, number, name) we know; else ``doubt`` says why not."""

    customer: Customer | None = None
    how: str = ""
    score: float = 0.0
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class ProductMatch:
    """What we take a line's article for, ``how`` (sku, alias, gtin, description) we know; else ``doubt`` says why."""

    product: Product | None = None
    how: str = ""
    score: float = 0.0
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """``sku`` is the code for our article as stated, ``buyer_sku`` the client's own; ``unit`` is a UN/ECE Rec 20 code;
    ``amount`` the line's sum as stated; ``note`` what is said of the article beside its description."""

    sku: Found[str] | None = None
    buyer_sku: Found[str] | None = None
    gtin: Found[str] | None = None
    description: Found[str] | None = None
    quantity: Found[Decimal] | None = None
    unit: Found[str] | None = None
    unit_price: Found[Decimal] | None = None
    amount: Found[Decimal] | None = None
    requested_date: Found[date] | None = None
    product: ProductMatch = ProductMatch()
    note: Found[str] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What was read. ``buyer`` is the name as written, ``customer_number`` the number that we are said to know them by,
    ``customer`` whom we take that to be (filled in by matching). ``doubts`` are the reader's own: what it could not
    settle, in plain words."""

    po_number: Found[str] | None = None
    order_date: Found[date] | None = None
    requested_date: Found[date] | None = None
    currency: Found[str] | None = None
    buyer: Found[str] | None = None
    customer_number: Found[str] | None = None
    ship_to: Found[str] | None = None
    bill_to: Found[str] | None = None
    payment_terms: Found[str] | None = None
    total: Found[Decimal] | None = None
    lines: tuple[OrderLine, ...] = ()
    doubts: tuple[str, ...] = ()
    language: str | None = None
    customer: CustomerMatch = CustomerMatch()
    tax: Found[Decimal] | None = None
    """The tax that is stated beside the total: whether the total holds it, the sum of the lines tells."""
    source: Source | None = None
    """The channel it came through, and the profile that read it (filled in after reading)."""
    profile: str | None = None
    promise: Promise | None = None
    """What we can say of its delivery (filled in after matching); None where nothing is known of how we ship."""
    relation: Relation | None = None
    """To which earlier order of the customer it stands how (filled in after matching)."""


HEADER_FIELDS = (
    "po_number", "order_date", "requested_date", "currency", "buyer", "customer_number",
    "ship_to", "bill_to", "payment_terms", "total",
)  # fmt: skip
LINE_FIELDS = (
    "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a mail, before anything was looked up. ``unread`` names the attachments that may carry an
    order and could not be read, each with the reason; ``doubts`` concern the whole mail."""

    mail: Mail
    kind: Kind
    kind_reason: str
    profile: str = "general"
    source: Source = Source.DIRECT
    documents: tuple[Document, ...] = ()
    orders: tuple[Order, ...] = ()
    unread: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the writer says beside the orders and may change them (see maildaemon.remarks)."""
    suppliers: tuple[str, ...] = ()
    """For whom its documents say the orders are, as written."""
    elsewhere: tuple[str, ...] = ()
    """Where the order is, when the mail only says where it can be fetched (see maildaemon.fetch)."""
    orderlike: tuple[str, ...] = ()
    """What may be an order in a mail that nothing names one (see maildaemon.orderlike)."""
    hands: tuple[str, ...] = ()
    """What changes hands with the order: bank details, whom to call, who fetches the goods (see maildaemon.hands)."""
    delivery_terms: tuple[str, ...] = ()  # rules of the Incoterms that it states (see maildaemon.delivered)


# --- what is known ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """What a line asks the catalogue. Texts as written."""

    codes: tuple[str, ...] = ()
    gtin: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """What one order asks the world."""

    sender: str | None
    author: str | None
    """Who wrote the inner message of a forwarded order, as that message claims."""
    buyer: str | None
    customer_number: str | None
    po_number: str | None
    digest: str
    """The order's content as a digest that does not depend on its Message-ID (see match.digest)."""
    lines: tuple[LineQuestion, ...] = ()
    goods: str = ""
    """Its lines alone (see match.goods)."""
    sender_name: str | None = None


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order that came before. ``message`` is the SHA-256 of the mail that carried it. Not ``handled``: it was only
    looked at, in shadow mode. ``repeats``: our reference of the order that it repeated unchanged; ``answered``: a
    message was put out for its mail."""

    reference: str
    message: str
    po_number: str | None
    customer: str | None
    sender: str | None
    digest: str
    received_at: datetime
    action: Action
    kind: Kind = Kind.ORDER
    status: Status = Status.CURRENT
    handled: bool = True
    answered: bool = False
    repeats: str | None = None
    goods: str = ""
    contents: Contents | None = None
    """Where they were looked up: for some of the orders under the same PO number."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up for one order, stored with its decision: candidates, not conclusions."""

    customers: tuple[Customer, ...] = ()
    products: tuple[Product, ...] = ()
    prices: tuple[Price, ...] = ()
    aliases: tuple[Alias, ...] = ()
    stock: tuple[Stock, ...] = ()
    seen: tuple[OrderSeen, ...] = ()
    reserved: tuple[Reservation, ...] = ()
    open_orders: int = 0
    """Orders acknowledged that have not left the house yet."""
    history: tuple[History, ...] = ()
    """One per candidate customer of whom it was looked up."""
    catalogue_size: int = 0
    """How many products the catalogue holds; whether a fuzzy match saw the best of them all."""
    at: datetime | None = None
    """When this was looked up: the day by which a check calls a date early or late."""
    facts: tuple[Fact, ...] = ()
    """What sources outside have said of this order, and where they said nothing, why."""
    since: tuple[str, ...] = ()
    """What came since, while it waited, and may be about this order: a change, a cancellation, its number again."""


# --- the decision -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason against an acknowledgement. ``order`` is the order's index, None for the mail; ``then`` what follows."""

    order: int | None
    rule: str
    reason: str
    then: Action = Action.REVIEW
    warns: bool = False


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """``proved`` lists the rules that found nothing to object to: what the acknowledgement rests on."""

    action: Action
    reference: str
    order: Order
    objections: tuple[Objection, ...] = ()
    proved: tuple[str, ...] = ()
    team: str | None = None
    """To whom the matrix assigns it."""
    accepts: bool = False
    """Whether an acknowledgement is an acceptance, by the matrix; otherwise it is a receipt."""
    channel: str = "mail"
    """In which layout it is acknowledged, by the matrix."""
    warnings: tuple[Objection, ...] = ()
    """What rules of the severity ``warn`` said: it is shown, and stops nothing."""
    said: str | None = None
    """A person's last word about this very order (a word.What)."""

    @property
    def is_open(self) -> bool:
        """It is still being checked, by a person or by the program."""
        return self.action in OPEN and self.said is None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one mail: a value, to be printed, stored and compared. ``no_answer`` says why the order
    is taken in but its mail is not answered; ``reply`` tells whether an acknowledgement is to be written."""

    action: Action
    kind: Kind
    orders: tuple[OrderDecision, ...] = ()
    objections: tuple[Objection, ...] = ()
    """Every objection, the mail's own first."""
    no_answer: tuple[str, ...] = ()
    reply: bool = False
    filing: Filing = Filing.STAY
    reason: str = ""
    """One line for people: why this was decided."""
    mode: Mode = Mode.AUTO
    """How far the matrix trusts the orders of this mail at most."""
    brief: str | None = None
    """The address on record that is told, without detail, that an order came: its sender is not proved."""
