"""The sections of the configuration that log in on a server: mailboxes, SMTP, the archive."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from maildaemon.model import Filing
from maildaemon.section import Section

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,253}$")]
Security = Literal["tls", "starttls", "none"]


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
