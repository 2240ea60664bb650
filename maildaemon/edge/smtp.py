"""An SMTP account through which messages leave, over one connection that is used again."""

import base64
import re
import select
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from maildaemon.desk import Outgoing, OutgoingState, SendResult

MOST_MESSAGES = 50
LONGEST_IDLE = 60.0
GOODBYE_SECONDS = 2.0
FRESH = 5.0
"""Seconds for which a connection is taken to be alive without asking."""

# The server speaks of our login, not of the message (RFC 4954, RFC 3207).
_ACCOUNT = frozenset({530, 534, 535, 538})
_ADDRESS = re.compile(r"[!-;=?-~]{1,254}", re.ASCII)
_BARE_BREAK = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class SmtpError(Exception):
    """The account cannot be used. ``str()`` is one plain line."""


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """``secret`` gives the password, or with ``oauth2`` an access token; it is asked for at every login, and once more
    when a token is refused, after its ``refresh`` method if it has one. ``final_timeout`` is for the answer to the
    final dot, where giving up leaves the outcome in doubt (RFC 5321, 4.5.3.2.6 wants ten minutes)."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str | None = None
    secret: Callable[[], str] | None = None
    auth: Literal["password", "oauth2"] = "password"
    timeout: float = 30.0
    connect_timeout: float = 15.0
    ca_file: Path | None = None
    local_hostname: str | None = None
    final_timeout: float = 120.0
    archive: str | None = None
    """Address that gets a blind copy of each message, in the same transaction."""


class SmtpTransport:
    """A :class:`maildaemon.desk.Transport`; used by one thread."""

    def __init__(self, account: SmtpAccount, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._clock = clock
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0
        self._used = 0.0

    def send(self, message: Outgoing, committing: Callable[[], None]) -> SendResult:
        """See Transport. Nothing is in doubt before the final dot: whatever breaks until then is tried again."""
        flaw = _flaw(message)
        if flaw is not None:
            return SendResult(OutgoingState.FAILED, f"not sent: {flaw}")
        body = stuffed(message.raw)
        smtp, reused = self._connected()
        if isinstance(smtp, SendResult):
            return smtp
        refused, uncopied = self._offer(smtp, message, body)
        if refused is not None and refused.broken and reused:
            # The server had closed a connection that was kept open: a new one at once.
            smtp, _ = self._connected()
            if isinstance(smtp, SendResult):
                return smtp
            refused, uncopied = self._offer(smtp, message, body)
        if refused is not None:
            return refused.result
        try:
            committing()
        except BaseException:
            self._drop()
            raise
        return replace(self._broken_off(smtp) or self._final_dot(smtp), uncopied=uncopied)

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(GOODBYE_SECONDS)
                self._smtp.quit()
        self._drop()

    def probe(self) -> str:
        """Log in, and say in one line what the server offers. Raises SmtpError."""
        smtp = connect(self._account)
        try:
            security = {"tls": "TLS", "starttls": "STARTTLS", "none": "no encryption"}[self._account.security]
            if isinstance(smtp.sock, ssl.SSLSocket):
                security += f" ({smtp.sock.version()})"
            who = f"signed in as {printable(self._account.user)}" if self._account.user else "without login"
            offers = [name for name in ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN") if smtp.has_extn(name.lower())]
            size = smtp.esmtp_features.get("size", "")
            if size.isascii() and size.isdigit() and size != "0" and len(size) < 16:
                offers.append(f"messages up to {int(size) // 2**20} MB")
            return f"{security}, {who}; offers {', '.join(offers) or 'no extensions'}"
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _connected(self) -> tuple[smtplib.SMTP | SendResult, bool]:
        """The connection, and whether it was used before."""
        idle = self._clock() - self._used
        if self._smtp is not None and (self._sent >= MOST_MESSAGES or idle > LONGEST_IDLE or not self._alive(idle)):
            self.close()
        if self._smtp is not None:
            return self._smtp, True
        try:
            self._smtp = connect(self._account)
        except SmtpError as error:
            return SendResult(OutgoingState.READY, str(error)), False
        self._sent, self._used = 0, self._clock()
        return self._smtp, False

    def _alive(self, idle: float) -> bool:
        if idle <= FRESH:
            return True
        try:
            return self._smtp is not None and self._smtp.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _offer(self, smtp: smtplib.SMTP, message: Outgoing, body: bytes) -> "tuple[_Refused | None, str | None]":
        """Everything up to the final dot; no refusal when only the dot is missing. And why the archive takes no copy,
        where it does not: that keeps no answer back from a client."""
        try:
            refusal, uncopied = _envelope(smtp, message, self._account.archive)
            if refusal is None:
                _write(smtp, body)
                return None, uncopied
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            lost = SendResult(OutgoingState.READY, f"connection lost before the end: {_plain(error)}")
            return _Refused(lost, True), None
        verb, code, text, in_data = refusal
        # After 354 only a dot or a closed connection ends the data, and a dot could be taken for a message.
        if in_data or code == 421 or not 400 <= code <= 599:
            self._drop()
        else:
            self._reset(smtp)
        return _Refused(_verdict(code, f"{verb}: {code} {printable(text)}"), code == 421 and verb == "MAIL"), None

    def _reset(self, smtp: smtplib.SMTP) -> None:
        """A refused envelope leaves no trace in the next one."""
        try:
            if smtp.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()
        self._used = self._clock()

    def _broken_off(self, smtp: smtplib.SMTP) -> SendResult | None:
        """What a server said or did that has not waited for the final dot; None: it waits. Without this look a server
        that hung up within the message would be noticed only behind the dot, and leave a needless doubt."""
        try:
            if not _speaks(smtp):
                return None
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return SendResult(OutgoingState.READY, f"connection lost before the final dot: {_plain(error)}")
        self._drop()
        return _verdict(code, f"before the final dot: {code} {printable(text)}")

    def _final_dot(self, smtp: smtplib.SMTP) -> SendResult:
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._account.final_timeout)
            _write(smtp, b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return SendResult(OutgoingState.READY, f"connection lost at the final dot: {_plain(error)}")
        try:
            code, text = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(self._account.timeout)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return SendResult(OutgoingState.IN_DOUBT, f"cut off after the final dot: {_plain(error)}")
        self._sent, self._used = self._sent + 1, self._clock()
        response = f"{code} {printable(text)}"
        if 200 <= code <= 299:
            return SendResult(OutgoingState.SENT, response)
        self._drop()
        if 400 <= code <= 599:
            return _verdict(code, f"after the message: {response}")
        return SendResult(OutgoingState.IN_DOUBT, f"an answer to the final dot that is none: {response}")


@dataclass(frozen=True, slots=True)
class _Refused:
    result: SendResult
    broken: bool
    """The connection was dead or closing, and it says nothing about the message."""


def _flaw(message: Outgoing) -> str | None:
    """What no server shall see. The null path is an envelope sender like any other."""
    for address in filter(None, (message.envelope_from, message.recipient or " ")):
        if not _ADDRESS.fullmatch(address):
            return f"{ascii(address)[:200]} is not an address that plain SMTP can carry"
    if not message.raw.isascii() or _BARE_BREAK.search(message.raw):
        return "the message holds 8-bit bytes or bare line breaks"
    return None


def _verdict(code: int, response: str) -> SendResult:
    final = 500 <= code <= 599 and code not in _ACCOUNT
    return SendResult(OutgoingState.FAILED if final else OutgoingState.READY, response)


_Refusal = tuple[str, int, bytes, bool]
"""The verb that was refused, code, text, and whether the server waits for data all the same."""


def _envelope(smtp: smtplib.SMTP, message: Outgoing, archive: str | None) -> tuple[_Refusal | None, str | None]:
    """MAIL, RCPT for the client and for the archive, and DATA, in one write when the server takes that (RFC 2920). No
    refusal: the server waits for the message. And why the archive's RCPT was refused, where it was."""
    size = f" SIZE={len(message.raw)}" if smtp.has_extn("size") else ""
    commands = [
        ("MAIL", f"MAIL FROM:<{message.envelope_from}>{size}\r\n".encode("ascii")),
        ("RCPT", f"RCPT TO:<{message.recipient}>\r\n".encode("ascii")),
        *([("COPY", f"RCPT TO:<{archive}>\r\n".encode("ascii"))] if archive else []),
        ("DATA", b"DATA\r\n"),
    ]
    pipelining = smtp.has_extn("pipelining")
    if pipelining:
        _write(smtp, b"".join(command for _, command in commands))
    refusal: tuple[str, int, bytes] | None = None
    uncopied: str | None = None
    code = 0
    for verb, command in commands:
        if not pipelining:
            _write(smtp, command)
        code, text = smtp.getreply()
        good = code == 354 if verb == "DATA" else 200 <= code <= 299
        if good:
            continue
        if verb == "COPY" and code != 421:
            uncopied = f"{code} {printable(text)}"
            continue
        refusal = refusal or ("RCPT" if verb == "COPY" else verb, code, text)
        if code == 421 or not pipelining:
            break
    return (None, uncopied) if refusal is None else ((*refusal, code == 354), uncopied)


def _write(smtp: smtplib.SMTP, data: bytes) -> None:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection is closed")
    smtp.sock.sendall(data)


def _speaks(smtp: smtplib.SMTP) -> bool:
    """Whether an answer or the end of the connection is there to be read. Waits for nothing."""
    if smtp.sock is None or smtp.file is None:
        return True
    smtp.sock.settimeout(0)
    try:
        if smtp.file.peek(1):
            return True
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False  # under TLS a record may be there that holds nothing for us
    finally:
        smtp.sock.settimeout(smtp.timeout)
    # Empty is the end of the connection where something is there to be read, and nothing at all where not.
    poller = select.poll()
    poller.register(smtp.sock.fileno(), select.POLLIN)
    return bool(poller.poll(0))


def stuffed(raw: bytes) -> bytes:
    """The message as it goes over the wire, without the final dot: leading dots doubled, ends in CRLF."""
    body = raw.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def printable(text: bytes | str | None, limit: int = 200) -> str:
    """A server's words in one line of printable characters."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
    return " ".join("".join(each if each.isprintable() else " " for each in shown[: 4 * limit]).split())[:limit]


def _plain(error: BaseException) -> str:
    # smtplib hides what happened to the socket behind an error of its own.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {printable(error.verify_message)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {printable(error.smtp_error)}"
    if isinstance(error, OSError) and error.strerror:
        return printable(error.strerror)
    return printable(str(error)) or type(error).__name__


# --- connecting -------------------------------------------------------------------------------------------------------


def connect(account: SmtpAccount) -> smtplib.SMTP:
    """A connection that is encrypted as asked and logged in. Raises SmtpError."""
    where = f"{account.host}:{account.port}"
    # smtplib would ask the DNS for our own name, which can take as long as it likes.
    name = account.local_hostname or socket.gethostname() or "localhost"
    smtp: smtplib.SMTP | None = None
    try:
        context = ssl.create_default_context(cafile=account.ca_file) if account.security != "none" else None
        if account.security == "tls":
            smtp = smtplib.SMTP_SSL(account.host, account.port, name, timeout=account.connect_timeout, context=context)
        else:
            smtp = smtplib.SMTP(account.host, account.port, name, timeout=account.connect_timeout)
        smtp.timeout = account.timeout
        if smtp.sock is not None:
            smtp.sock.settimeout(account.timeout)
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if account.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise SmtpError(f"{where}: does not offer STARTTLS; nothing is sent unencrypted")
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if account.user:
            _log_in(smtp, account, where)
    except SmtpError:
        _close(smtp)
        raise
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        _close(smtp)
        raise SmtpError(f"{where}: {_plain(error)}") from None
    return smtp


def _close(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        smtp.close()


def _log_in(smtp: smtplib.SMTP, account: SmtpAccount, where: str) -> None:
    """Raises SmtpError when the login is refused; a refused token is asked for once more, a password never."""
    secret = _secret(account, where)
    code, text = _authenticate(smtp, account, secret, where)
    if code == 535 and account.auth == "oauth2":
        _forget(account)
        again = _secret(account, where)
        if again != secret:
            code, text = _authenticate(smtp, account, again, where)
    if code != 235:
        raise SmtpError(f"{where}: login refused for {printable(account.user)}: {code} {printable(text)}")


def _forget(account: SmtpAccount) -> None:
    """A secret that is remembered is not to give the refused token again."""
    refresh = getattr(account.secret, "refresh", None)
    if refresh is not None:
        refresh()


def _secret(account: SmtpAccount, where: str) -> str:
    if account.secret is None:
        raise SmtpError(f"{where}: no password for {printable(account.user)}")
    try:
        return account.secret()
    except Exception as error:
        # Only the kind: the text of the error could hold the secret.
        raise SmtpError(f"{where}: the password cannot be had ({type(error).__name__})") from None


def _authenticate(smtp: smtplib.SMTP, account: SmtpAccount, secret: str, where: str) -> tuple[int, bytes]:
    """One attempt by one mechanism. Not smtplib's own login: it tries a refused password again by every mechanism, and
    knows ASCII passwords only."""
    user = account.user or ""
    offered = smtp.esmtp_features.get("auth", "").upper().replace("=", " ").split()
    if account.auth == "oauth2":
        if offered and "XOAUTH2" not in offered:
            raise SmtpError(f"{where}: does not offer XOAUTH2")
        code, text = smtp.docmd("AUTH", "XOAUTH2 " + _b64(f"user={user}\x01auth=Bearer {secret}\x01\x01"))
        # A refusal comes as a challenge that wants an empty answer first.
        return smtp.docmd("") if code == 334 else (code, text)
    if "PLAIN" in offered:
        return smtp.docmd("AUTH", "PLAIN " + _b64(f"\0{user}\0{secret}"))
    if "LOGIN" in offered:
        code, text = smtp.docmd("AUTH", "LOGIN")
        if code == 334:
            code, text = smtp.docmd(_b64(user))
        return smtp.docmd(_b64(secret)) if code == 334 else (code, text)
    raise SmtpError(f"{where}: offers no login by password (AUTH PLAIN or LOGIN)")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
