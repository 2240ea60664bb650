"""The part of the configuration about facts: which sources outside are asked, and which files are watched."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from maildaemon.factrows import NAMES
from maildaemon.facts import FactKind
from maildaemon.masterdata import TableName
from maildaemon.section import Section

PARAMETERS: Mapping[FactKind, tuple[tuple[str, str], str | None]] = {
    FactKind.STOCK: (("sku", "skus"), None),
    FactKind.STANDING: (("customer", "customers"), None),
    FactKind.PRICE: (("sku", "skus"), "customer"),
    FactKind.STAGE: (("po_number", "po_numbers"), "customer"),
}
"""By what each kind is asked: one thing or many of them, and what may stand beside it."""
_IN_SQL = re.compile(r"(?<![:\w]):([a-z_]{1,40})\b")
_IN_URL = re.compile(r"\{([^{}]{0,40})\}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class FactSettings(Section):
    """One `[[facts]]`: who is asked for facts of one kind, instead of the tables that were imported."""

    kind: Literal["stock", "standing", "price", "stage"] = Field(
        description="`stock`, `standing` (payment, credit limit, open balance), `price`, or `stage` (of a deal)."
    )
    name: str = Field(
        default="", pattern=r"^[A-Za-z0-9._\-]{0,40}$", description="Short name, for the log; the kind unless said."
    )
    ledger: bool = Field(
        default=False, description="The tables that were imported, but what they do not say stops an order."
    )
    url: str | None = Field(
        default=None,
        max_length=1000,
        description="A database (`postgresql+pg8000://reader@db.example/erp`, `sqlite:////srv/erp.db`) or an address "
        "that answers with JSON (`https://erp.example/stock/{sku}`).",
    )
    query: str | None = Field(
        default=None,
        max_length=10_000,
        description="For a database: one SELECT with `:sku` or `:skus` (`in :skus`), `:customer` or `:customers`, "
        "`:po_number` or `:po_numbers`.",
    )
    at: str = Field(
        default="",
        pattern=r"^[^\s.]{0,60}(\.[^\s.]{1,60}){0,5}$",
        description="For JSON: where in the answer the rows are, such as `data.items`.",
    )
    fields: dict[str, str] = Field(
        default_factory=dict, description='For JSON: our name of a value and theirs, such as `{ on_hand = "qty" }`.'
    )
    user: str | None = Field(default=None, description="For an address: login name, sent with the password (Basic).")
    header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9\-]{0,60}$",
        description="For an address: header that carries the secret; unset: `Authorization: Bearer …`.",
    )
    password_file: Path | None = Field(default=None, description="File that holds the password or token.")
    password_env: str | None = Field(default=None, description="Environment variable that holds it.")
    credential: str | None = Field(default=None, description="Name of a systemd credential that holds it.")
    token_command: tuple[str, ...] | None = Field(default=None, description="Command that prints it.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust instead of the system's.")
    timeout: Annotated[float, Field(gt=0, le=60)] = Field(
        default=5, description="Seconds for all that a batch of mails asks; what is not said then is unknown."
    )
    hours: Annotated[float, Field(gt=0, le=24 * 366)] = Field(
        default=24, description="Age at which a fact counts as unknown."
    )
    cache_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=30, description="How long an answer is used again."
    )
    behind_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = Field(
        default=0,
        description="How long an acknowledged order takes to be in these figures: so much earlier they count as taken, "
        "and what was acknowledged since is subtracted.",
    )
    parallel: int = Field(default=4, ge=1, le=16, description="Requests at the same time.")

    @property
    def source(self) -> str:
        return self.name or self.kind

    @property
    def is_endpoint(self) -> bool:
        return self.url is not None and self.url.startswith(("https://", "http://"))

    @field_validator("url")
    @classmethod
    def _no_secret(cls, value: str | None) -> str | None:
        if value is not None and (parts := re.match(r"[a-z][a-z0-9+]*://([^/?#]*)@", value)) and ":" in parts[1]:
            raise ValueError("a secret never stands in this file; expected password_file, password_env or credential")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.ledger is (self.url is not None):
            raise ValueError("expected one of url and ledger = true")
        if self.ledger and self.kind == "stage":
            raise ValueError("ledger: no table of ours says how far a deal is; expected url")
        given = [key for key in ("password_file", "password_env", "credential", "token_command") if getattr(self, key)]
        if len(given) > 1:
            raise ValueError(f"expected one of password_file, password_env, credential, token_command, not {given}")
        used = {"query", "at", "fields", "user", "header", *given} & self.model_fields_set
        if self.ledger and (odd := sorted(used)):
            raise ValueError(f"{odd[0]}: not used with ledger = true")
        if self.url is not None:
            _endpoint(self, given) if self.is_endpoint else _database(self)
        return self


def _database(found: FactSettings) -> None:
    """Raises ValueError for what cannot be asked of a database."""
    url = found.url or ""
    if not re.match(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?://", url):
        raise ValueError("url: expected https://… or a database such as postgresql+pg8000://user@host/name")
    if url.startswith("sqlite") and not re.match(r"sqlite(\+\w+)?:////[^?]+$", url):
        raise ValueError("url: expected an absolute path and nothing else, such as sqlite:////srv/erp.db")
    if odd := sorted({"at", "fields", "user", "header", "token_command"} & found.model_fields_set):
        raise ValueError(f"{odd[0]}: not used with a database")
    if not found.query:
        raise ValueError("query: missing; expected a SELECT")
    if not re.match(r"\s*(select|with)\s", found.query, re.IGNORECASE) or ";" in found.query:
        raise ValueError("query: expected one SELECT, without a semicolon")
    _asked_by(found, _IN_SQL.findall(found.query), "query", ":")


def _endpoint(found: FactSettings, secrets: list[str]) -> None:
    """Raises ValueError for an address that cannot, or must not, be asked."""
    url = found.url or ""
    parts = urlsplit(_IN_URL.sub("x", url))
    if found.query is not None:
        raise ValueError("query: not used with an address; what is asked stands in url")
    if not parts.hostname or "@" in parts.netloc or "{" in urlsplit(url).netloc or not re.fullmatch(r"[!-~]+", url):
        raise ValueError("url: expected an address such as https://erp.example/stock/{sku}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("url: http:// is for loopback addresses only; expected https://")
    if (found.user or found.header) and not secrets:
        raise ValueError("expected one of password_file, password_env, credential, token_command for user or header")
    if found.user and found.header:
        raise ValueError("expected one of user and header")
    known = {*NAMES[FactKind(found.kind)], *filter(None, ("sku", "customer", "po_number"))}
    if odd := sorted(set(found.fields) - known):
        raise ValueError(f"fields.{odd[0]}: unknown; known are {', '.join(NAMES[FactKind(found.kind)])}")
    _asked_by(found, _IN_URL.findall(url), "url", "")


def _asked_by(found: FactSettings, names: list[str], where: str, mark: str) -> None:
    """Exactly one of the names by which its kind is asked, and none that is unknown."""
    (one, many), beside = PARAMETERS[FactKind(found.kind)]
    known = [one, many, *([beside] if beside else [])]
    shown = ", ".join(f"{mark}{name}" if mark else f"{{{name}}}" for name in known)
    if odd := [name for name in names if name not in known]:
        raise ValueError(f"{where}: {odd[0]!r} is unknown there; {found.kind} is asked by {shown}")
    if (one in names) is (many in names):
        raise ValueError(f"{where}: expected one of {shown.split(', ')[0]} and {shown.split(', ')[1]}")
    if many in names and beside in names and found.kind == "stage":
        raise ValueError(f"{where}: {many} of many customers are asked at once; expected {one} beside customer")


class WatchSettings(Section):
    """One `[[watch]]`: a file of master data that is imported again whenever it has changed."""

    kind: TableName = Field(description="`customers`, `products`, `prices`, `aliases` or `stock`.")
    file: Path = Field(description="The CSV file; what it holds takes the place of the whole table.")
    minutes: Annotated[float, Field(gt=0, le=24 * 60)] = Field(default=1, description="How often it is looked at.")
