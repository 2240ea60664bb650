"""The configuration: one TOML file, strictly validated, secrets never in it."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from maildaemon.model import Mode
from maildaemon.section import Section
from maildaemon.settings_accounts import Account, Address, ArchiveSettings, MailboxSettings, Seconds, SmtpSettings
from maildaemon.settings_facts import FactSettings, WatchSettings
from maildaemon.settings_modes import ModeSettings
from maildaemon.strict import explain

Count = Annotated[int, Field(ge=1, le=10**9)]


class ConfigError(Exception):
    """The configuration cannot be used. ``str()`` is one line: file, key, what was expected."""


class BoundSettings(Section):
    """`[bounds]`: how many messages may leave by themselves, whatever they answer. What exceeds a bound waits."""

    per_address_hour: Count = Field(default=20, description="To one address within an hour, orders apart.")
    per_address_day: Count = Field(default=60, description="To one address within a day, orders apart.")
    per_domain_day: Count = Field(default=100, description="To one domain within a day, orders apart.")
    per_thread_day: Count = Field(default=3, description="Into one thread within a day, orders or not.")
    orders_hour: Count = Field(
        default=1000, description="To one address within an hour for distinct orders of known customers."
    )
    orders_day: Count = Field(
        default=5000, description="To one address within a day for distinct orders of known customers."
    )
    overall_hour: Count = Field(default=5000, description="To everybody within an hour.")
    overall_day: Count = Field(default=20000, description="To everybody within a day.")
    breaker_factor: Annotated[float, Field(ge=1, le=1000)] = Field(
        default=5, description="So many times the most of any ten minutes in 28 days, and everything is held."
    )
    breaker_least: Count = Field(default=2000, description="But never at fewer messages than this within ten minutes.")
    never: tuple[str, ...] = Field(
        default=(), description="Addresses (`robot@client.example`) and domains (`*@client.example`) never answered."
    )

    @field_validator("never")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not re.fullmatch(r"[^@\s]{1,64}@[A-Za-z0-9.\-]{1,253}", each):
                raise ValueError(f"expected an address or *@domain, not {each!r}")
        return tuple(each.lower() for each in value)


class CompanySettings(Section):
    """`[company]`: who answers."""

    name: str = Field(min_length=1, max_length=100, description="Name under which acknowledgements are sent.")
    address: Address = Field(description="Address that acknowledgements come from and answers go to.")
    contact: str = Field(default="", max_length=300, description="Whom a client may ask, in one line.")
    domains: tuple[str, ...] = Field(
        default=(), description="Our own mail domains besides the address's: mail from them is never answered."
    )
    language: Literal["en", "de", "fr", "es", "it", "nl"] = Field(
        default="en", description="Language of an acknowledgement when the client's is not known."
    )

    @property
    def own_domains(self) -> frozenset[str]:
        return frozenset(domain.lower() for domain in (*self.domains, self.address.rpartition("@")[2]))


class TrackerSettings(Section):
    """`[tracker]`: the read-confirmation image. Some countries want consent first (France, B2B too)."""

    url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.\-]+(:\d{1,5})?(/[A-Za-z0-9._\-/]*)?$",
        description="Address under which clients reach the image; unset: no image.",
    )
    listen: str = Field(
        default="127.0.0.1:8025", pattern=r"^[0-9A-Za-z.\-]+:\d{1,5}$", description="Where the image is served."
    )
    pixel: Literal["on", "opt-in", "off"] = Field(
        default="on", description="`on`: every customer but those who opted out; `opt-in`: only those; `off`: none."
    )

    @field_validator("listen")
    @classmethod
    def _a_port(cls, value: str) -> str:
        if int(value.rpartition(":")[2]) > 65535:
            raise ValueError(f"expected address:port with a port up to 65535, not {value!r}")
        return value

    @field_validator("url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value


class LimitSettings(Section):
    """`[limits]`: bounds on work and time."""

    mail_bytes: int = Field(default=25 * 2**20, ge=1024, le=60 * 2**20, description="Largest mail that is fetched.")
    batch: int = Field(default=50, ge=1, le=500, description="Mails in one FETCH, one commit, one MOVE.")
    batch_bytes: int = Field(default=16 * 2**20, ge=1024, description="Bytes in one batch.")
    attempts: int = Field(default=3, ge=1, le=10, description="Attempts before a mail goes to review unread.")
    readers: int = Field(default=2, ge=1, le=32, description="Child processes that read mail.")
    read_seconds: Seconds = Field(default=30, description="Wall-clock seconds for reading one mail.")
    read_cpu_seconds: int = Field(default=20, ge=1, le=600, description="CPU seconds for reading one mail.")
    read_memory_mb: int = Field(default=1024, ge=256, le=16384, description="Address space of a reading child.")
    poll_seconds: Annotated[float, Field(gt=0, le=20)] = Field(default=20, description="Longest pause between polls.")
    idle_seconds: Annotated[float, Field(gt=0, le=1740)] = Field(default=120, description="Longest IDLE round.")
    send_retry_seconds: Seconds = Field(default=60, description="First pause after a temporary refusal; doubles.")
    send_deadline_hours: Annotated[float, Field(gt=0, le=240)] = Field(
        default=48, description="How long a temporarily refused acknowledgement is tried."
    )
    audit_minutes: Annotated[float, Field(gt=0, le=100_000)] = Field(
        default=60,
        description="How long a mail may be on its way before `maildaemon audit` says that something is off.",
    )


class Settings(Section):
    """The top of `maildaemon.toml`."""

    mode: Mode = Field(
        default=Mode.SHADOW,
        description="`shadow`: look, decide, record, but send and move nothing; `draft`: the answer is written, a "
        "person releases it; `auto`: answer.",
    )
    ledger: Path = Field(default=Path("/var/lib/maildaemon/ledger.db"), description="The database file.")
    parsers: Path | None = Field(default=None, description="Folder of your own profiles, in place of the shipped ones.")
    rules: Path | None = Field(default=None, description="Folder of your own rules, in place of the shipped ones.")
    templates: Path | None = Field(
        default=None, description="Folder of your own layouts and words of acknowledgements, before the shipped ones."
    )
    log: Literal["text", "json"] = Field(default="text", description="Form of the log lines.")
    company: CompanySettings
    mailbox: tuple[MailboxSettings, ...] = Field(min_length=1)
    smtp: SmtpSettings
    archive: ArchiveSettings | None = None
    bounds: BoundSettings = BoundSettings()
    modes: ModeSettings = ModeSettings()
    tracker: TrackerSettings = TrackerSettings()
    facts: tuple[FactSettings, ...] = ()
    watch: tuple[WatchSettings, ...] = ()
    limits: LimitSettings = LimitSettings()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [box.name for box in self.mailbox]
        if len(set(names)) < len(names):
            raise ValueError("two mailboxes have the same name; expected different names")
        return self

    @model_validator(mode="after")
    def _one_of_each_kind(self) -> Self:
        kinds = [one.kind for one in self.facts]
        if odd := [kind for kind in kinds if kinds.count(kind) > 1]:
            raise ValueError(f"facts: two sources of {odd[0]}; expected one: whom should we believe?")
        tables = [one.kind for one in self.watch]
        if twice := [table for table in tables if tables.count(table) > 1]:
            raise ValueError(f"watch: two files of {twice[0]}; expected one")
        return self

    @model_validator(mode="after")
    def _the_archive_is_not_read(self) -> Self:
        if self.archive is not None:
            own = (self.archive.host.lower(), self.archive.user, self.archive.folder)
            for box in self.mailbox:
                if own in {(box.host.lower(), box.user, folder) for folder in box.watched}:
                    raise ValueError("the archive is a folder that orders are read from; expected another one")
        return self


SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", Settings),
    ("[company]", CompanySettings),
    ("[[mailbox]]", MailboxSettings),
    ("[smtp]", SmtpSettings),
    ("[archive]", ArchiveSettings),
    ("[bounds]", BoundSettings),
    ("[modes]", ModeSettings),
    ("[tracker]", TrackerSettings),
    ("[[facts]]", FactSettings),
    ("[[watch]]", WatchSettings),
    ("[limits]", LimitSettings),
)


def parse(text: str, where: str) -> Settings:
    """Settings out of a TOML text; relative paths are taken from the folder of ``where``. Raises ConfigError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from None
    _refuse_secrets(data, where)
    try:
        found = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_plain(explain(error))}") from None
    return _rooted(found, Path(where).parent)


def reference() -> str:
    """The configuration reference as Markdown tables, out of the settings classes: the README holds this text."""
    parts: list[str] = []
    for title, section in SECTIONS:
        rows = [
            f"| `{name}` | {_default(info)} | {info.description} |"
            for name, info in section.model_fields.items()
            if info.description
        ]
        head = f"**`{title}`**" if title else "**At the top**"
        parts.append("\n".join([head, "", "| key | unless said | what |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def _default(info: Any) -> str:
    if info.is_required():
        return "must be given"
    value = info.default
    if value is None or value in ((), "") or info.default_factory is not None:
        return "not set"
    if isinstance(value, Mode):
        value = value.value
    if isinstance(value, Decimal):
        value = f'"{value}"'
    if isinstance(value, tuple):
        value = list(value)
    shown = str(value).lower() if isinstance(value, bool) else str(value).replace("'", '"')
    return f"`{shown}`"


def _plain(sentence: str) -> str:
    return re.sub(r"value error, ", "", sentence)


def _refuse_secrets(data: dict[str, Any], where: str) -> None:
    boxes = data.get("mailbox", [])
    sections = [(f"mailbox.{n}", box) for n, box in enumerate(boxes)] if isinstance(boxes, list) else []
    facts = data.get("facts", [])
    sections += [(f"facts.{n}", one) for n, one in enumerate(facts)] if isinstance(facts, list) else []
    for name, section in [*sections, *((name, data.get(name)) for name in ("smtp", "archive"))]:
        if isinstance(section, dict) and "password" in section:
            raise ConfigError(
                f"{where}: {name}.password: a secret never stands in this file; "
                "expected password_file, password_env, credential or token_command"
            )


def _rooted(found: Settings, folder: Path) -> Settings:
    """Paths made absolute: a daemon's working directory is not the operator's."""

    def root(path: Path | None) -> Path | None:
        return None if path is None else (folder / path).absolute()

    def account(section: Account) -> dict[str, Any]:
        return {"password_file": root(section.password_file), "ca_file": root(section.ca_file)}

    return found.model_copy(
        update={
            "ledger": root(found.ledger),
            "parsers": root(found.parsers),
            "rules": root(found.rules),
            "templates": root(found.templates),
            "mailbox": tuple(box.model_copy(update=account(box)) for box in found.mailbox),
            "smtp": found.smtp.model_copy(update=account(found.smtp)),
            "facts": tuple(
                one.model_copy(update={"password_file": root(one.password_file), "ca_file": root(one.ca_file)})
                for one in found.facts
            ),
            "watch": tuple(one.model_copy(update={"file": root(one.file)}) for one in found.watch),
            "archive": found.archive.model_copy(update=account(found.archive)) if found.archive else None,
        }
    )
