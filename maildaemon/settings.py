"""The configuration: one TOML file, strictly validated, secrets never in it."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from maildaemon.model import Filing, Mode
from maildaemon.section import Section
from maildaemon.settings_facts import FactSettings, WatchSettings
from maildaemon.settings_modes import ModeSettings
from maildaemon.strict import explain

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,253}$")]
Count = Annotated[int, Field(ge=1, le=10**9)]
Security = Literal["tls", "starttls", "none"]


class ConfigError(Exception):
    """The configuration cannot be used. ``str()`` is one line: file, key, what was expected."""


class Account(Section):
    """A login on a server. The secret comes from exactly one place, none of them this file."""

    host: str = Field(min_length=1, description="Name or address of the server.")
    security: Security = Field(
        default="tls", description="`tls` (its own port), `starttls`, or `none` (loopback only)."
    )
    user: str | None = Field(default=None, description="Login name.")
    password_file: Path | None = Field(default=None, description="File that holds the password.")
    password_env: str | None = Field(default=None, description="Environment variable that holds the password.")
    credential: str | None = Field(default=None, description="Name of a systemd credential (`LoadCredential=`).")
    token_command: tuple[str, ...] | None = Field(
        default=None, description="Command that prints an OAuth2 access token (XOAUTH2: Microsoft 365, Gmail)."
    )
    ca_file: Path | None = Field(default=None, description="Certificates to trust instead of the system's.")
    connect_timeout: Seconds = Field(default=15, description="Seconds to wait for a connection.")
    read_timeout: Seconds = Field(default=60, description="Seconds to wait for an answer.")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        given = [
            key
            for key in ("password_file", "password_env", "credential", "token_command")
            if getattr(self, key) is not None
        ]
        if len(given) > 1:
            raise ValueError(f"expected one of password_file, password_env, credential, token_command, not {given}")
        if given and not self.user:
            raise ValueError("expected user beside the password")
        if self.user and not given:
            raise ValueError("expected one of password_file, password_env, credential, token_command for the user")
        loopback = self.host == "localhost" or self.host.startswith("127.") or self.host == "::1"
        if self.security == "none" and not loopback:
            raise ValueError("security = 'none' is for loopback addresses only; expected tls or starttls")
        if self.token_command is not None and not self.token_command:
            raise ValueError("expected a command in token_command")
        return self


class MailboxSettings(Account):
    """One `[[mailbox]]`: an IMAP account whose folders are read."""

    name: str = Field(pattern=r"^[A-Za-z0-9._\-]{1,40}$", description="Short name, for the ledger and the log.")
    port: Port | None = Field(default=None, description="993 with `tls`, 143 otherwise, unless said.")
    folders: tuple[str, ...] = Field(default=("INBOX",), min_length=1, description="Folders in which orders arrive.")
    junk: str | None = Field(default=None, description="Junk folder to look into too: an order there goes to review.")
    review: str = Field(default="Review", description="Folder for what a person must look at.")
    escalated: str = Field(
        default="Escalated", description="Folder for what a person must look at at once; may be the same as `review`."
    )
    processed: str = Field(default="Processed", description="Folder for orders that were handled.")
    other: str | None = Field(default=None, description="Folder for what is no order; unset: it stays where it is.")
    approved: str = Field(default="Approved", description="Move a stopped mail here: its orders are acknowledged.")
    rejected: str = Field(default="Rejected", description="Move a stopped mail here: nothing is answered.")
    not_an_order: str = Field(default="Not an order", description="Move a stopped mail here: it is no order at all.")
    addresses: tuple[Address, ...] = Field(
        default=(), description="Addresses at which this mailbox is reached; mail to none of them is not answered."
    )
    authserv_id: str | None = Field(
        default=None,
        description="Name that your own mail server writes into Authentication-Results (`m365` for Microsoft 365). "
        "Set: only authenticated senders are answered.",
    )
    authserv_above: bool = Field(
        default=False,
        description="Believe only Authentication-Results above the Received header of the host `authserv_id`: for "
        "servers that write them there (Exim, Gmail), not below it (Postfix with milters).",
    )
    m365_tenant: str | None = Field(
        default=None,
        pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        description="With `m365`: the GUID of your tenant; mail that was taken in for another is not believed.",
    )
    verify_dkim: bool = Field(
        default=False,
        description="Verify DKIM signatures here, with keys from the DNS, where your own mail server has said nothing "
        "of a mail. Set: only authenticated senders are answered.",
    )
    unproven: Literal["review", "brief"] = Field(
        default="review",
        description="What becomes of an order whose sender is not authenticated: `review` leaves it to a person; "
        "`brief` also tells the customer's address on record, without detail, that an order came and is being checked.",
    )
    idle: bool = Field(default=True, description="Hold IDLE, so that new mail is seen at once.")
    answer_existing: bool = Field(
        default=False, description="Also handle mail that was there before the first connection. Think twice."
    )

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        targets = [self.review, self.processed, self.approved, self.rejected, self.not_an_order]
        targets += [*([self.other] if self.other else []), *([self.escalated] if self.escalated != self.review else [])]
        watched = [*self.folders, *([self.junk] if self.junk else [])]
        clash = sorted(set(targets) & set(watched))
        if clash:
            raise ValueError(f"folder {clash[0]!r} is both read and written; expected different folders")
        if len(set(targets)) < len(targets) or len(set(watched)) < len(watched):
            raise ValueError("a folder is named twice; expected different folders")
        if not self.user:
            raise ValueError("expected user and one of password_file, password_env, credential, token_command")
        return self

    @model_validator(mode="after")
    def _proofs_fit(self) -> Self:
        if self.m365_tenant is not None and self.authserv_id != "m365":
            raise ValueError('m365_tenant goes with authserv_id = "m365"; expected both or neither')
        if self.authserv_above and self.authserv_id in {None, "m365"}:
            raise ValueError("authserv_above goes with authserv_id, the name that your own mail server writes")
        if self.unproven == "brief" and self.authserv_id is None and not self.verify_dkim:
            raise ValueError('unproven = "brief" needs proofs; expected authserv_id or verify_dkim = true')
        return self

    @property
    def watched(self) -> tuple[str, ...]:
        return (*self.folders, self.junk) if self.junk else self.folders

    @property
    def targets(self) -> dict[Filing, str | None]:
        """Where mail goes when something has become of it."""
        return {
            Filing.PROCESSED: self.processed,
            Filing.REVIEW: self.review,
            Filing.ESCALATED: self.escalated,
            Filing.OTHER: self.other,
            Filing.REJECTED: self.rejected,
            Filing.NOT_AN_ORDER: self.not_an_order,
        }

    @property
    def written(self) -> tuple[str, ...]:
        """The folders that are made where they are missing."""
        return tuple(dict.fromkeys(name for name in (*self.targets.values(), self.approved) if name))


class SmtpSettings(Account):
    """`[smtp]`: the server through which acknowledgements leave."""

    port: Port | None = Field(default=None, description="465 with `tls`, 587 with `starttls`, 25 with `none`.")
    envelope_from: Address | None = Field(
        default=None, description="Envelope sender for acknowledgements; the company's address unless said."
    )
    final_timeout: Seconds = Field(
        default=120, description="Seconds to wait for the answer to the final dot; giving up there leaves a doubt."
    )
    in_doubt: Literal["park", "resend"] = Field(
        default="park",
        description="What becomes of an acknowledgement that may or may not have arrived: `park` hands it to a person, "
        "`resend` sends the same bytes with the same Message-ID once more.",
    )
    in_doubt_minutes: Annotated[float, Field(gt=0, le=1440)] = Field(
        default=15, description="How long the archive is searched for it before that."
    )


class ArchiveSettings(Account):
    """`[archive]`: a mailbox that gets a blind copy of every acknowledgement, and can be searched for it."""

    address: Address = Field(description="Address that gets the blind copies; nothing else should arrive there.")
    port: Port | None = Field(default=None, description="993 with `tls`, 143 otherwise, unless said.")
    folder: str = Field(default="INBOX", description="Folder in which the copies arrive.")

    @model_validator(mode="after")
    def _a_login(self) -> Self:
        if not self.user:
            raise ValueError("expected user and one of password_file, password_env, credential, token_command")
        return self


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
