"""A logged-in connection to an IMAP server: dialled, verified and given up the same way everywhere."""

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from imaplib import IMAP4
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from maildaemon.desk import LoginRefused, MailboxError
from maildaemon.edge.credentials import SecretError

# Seconds after which a silent peer inside an IDLE round is probed, and how often before it counts as dead.
KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 60_000))
# RFC 5530: the server's trouble, not a wrong password.
TEMPORARY = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\b", re.IGNORECASE)
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where and as whom to log in. ``secret`` is called at each login: the password, or the access token with
    ``oauth2``; if it has a ``refresh`` method, that is called once when a token is refused. ``literal_limit`` bounds
    what the server can make us take into memory at once, in octets."""

    name: str
    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    secret: Callable[[], str]
    auth: Literal["password", "oauth2"] = "password"
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    ca_file: str | None = None
    literal_limit: int = 128 * 2**20


def open_client(account: ImapAccount) -> Any:
    """A logged-in IMAPClient for one thread. Raises LoginRefused or MailboxError, leaving nothing open."""
    try:
        return _open(account)
    except LoginRefused:
        refresh = getattr(account.secret, "refresh", None)
        if account.auth != "oauth2" or refresh is None:
            raise
    # A token may have been revoked before its time. Once, not in a loop: providers lock accounts.
    refresh()
    return _open(account)


def hang_up(client: Any) -> None:
    """Log out if the server still answers, close in any case. Never raises."""
    with suppress(Exception):
        client.socket().settimeout(GOODBYE_SECONDS)
        client.logout()
    drop(client)


def drop(client: Any) -> None:
    """Close a connection that is not to be spoken on any more. Never raises."""
    with suppress(Exception):
        client.shutdown()


def wire(client: Any) -> Any:
    """The imaplib object below, for the little that imapclient has no door to."""
    return client._imap  # noqa: SLF001


def failure(name: str, doing: str, error: Exception, hidden: str = "") -> MailboxError:
    """What broke, as one short printable line without secrets."""
    if isinstance(error, MailboxError):
        return error
    return MailboxError(f"{name}: {doing}: {plain(error, hidden)}")


def plain(error: Exception, hidden: str = "") -> str:
    """An exception's text, or a server's, fit for a log line: printable, one line, at most 200 characters."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, UnicodeError):
        return "text in an unexpected encoding"
    text = error.args[0] if len(error.args) == 1 and isinstance(error.args[0], str | bytes) else str(error)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    # imaplib writes str() of the server's bytes. They are unwrapped, not evaluated: the text is the server's.
    text = re.sub(r"^b(['\"])(.*)\1$", r"\2", text[:2000], flags=re.DOTALL)
    for form in (hidden, repr(hidden.encode())[2:-1]):
        if len(form) > 3:
            text = text.replace(form, "…")
    text = re.sub(r"^\[Errno -?\d+\] | \(_ssl\.c:\d+\)$", "", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text[:200] or type(error).__name__


class Names:
    """Folder names as the configuration writes them ("/" between levels) to names as this server wants them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._known: tuple[str, str] | None = None

    def __call__(self, folder: str) -> str:
        if not folder or not folder.isprintable():
            raise MailboxError("a folder's name is empty or holds control characters")
        if folder.upper() == "INBOX":
            return "INBOX"
        if self._known is None:
            self._known = self._ask()
        prefix, delimiter = self._known
        name = folder.replace("/", delimiter) if delimiter else folder
        return name if name.startswith(prefix) else prefix + name

    def _ask(self) -> tuple[str, str]:
        """Prefix and delimiter of the personal namespace (RFC 2342), of the root where the server has none."""
        if self._client.has_capability("NAMESPACE"):
            for prefix, delimiter in self._client.namespace().personal or ():
                return prefix, delimiter or ""
        for _, delimiter, _ in self._client.list_folders("", ""):
            return "", (delimiter or b"").decode("ascii", "replace")
        return "", "/"


def _open(account: ImapAccount) -> Any:
    try:
        secret = account.secret()
    except SecretError as error:
        raise LoginRefused(f"{account.name}: {error}") from None
    client: Any = None
    try:
        client = _dial(account)
        _login(account, client, secret)
    except Exception as error:  # imaplib and imapclient raise whatever their parsers happen to meet
        if client is not None:
            drop(client)
        raise failure(account.name, f"connecting to {account.host}:{account.port}", error, secret) from None
    return client


def _dial(account: ImapAccount) -> Any:
    context = ssl.create_default_context(cafile=account.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    client: Any = IMAPClient(
        account.host,
        port=account.port,
        ssl=account.security == "tls",
        ssl_context=context if account.security == "tls" else None,
        timeout=SocketTimeout(account.connect_timeout, account.read_timeout),
    )
    try:
        _tune(client, account.literal_limit)
        if account.security == "starttls":
            client.starttls(context)
        client.normalise_times = False
    except BaseException:
        drop(client)
        raise
    return client


def _tune(client: Any, literal_limit: int) -> None:
    """No waiting for a full segment (a literal would cost 40 ms), dead peers noticed, literals bounded."""
    sock = wire(client).sock
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    read = wire(client).read

    def bounded(size: int) -> bytes:
        if size > literal_limit:
            raise IMAP4.abort(f"the server announces {size} octets at once")
        data: bytes = read(size)
        if len(data) != size:
            raise IMAP4.abort("the connection ended within a literal")
        return data

    wire(client).read = bounded


def _login(account: ImapAccount, client: Any, secret: str) -> None:
    for text in (account.user, secret):
        if not text or any(ord(c) < 32 or c == "\x7f" for c in text):
            raise LoginRefused(f"{account.name}: the user or the secret is empty or holds control characters")
    try:
        if account.auth == "oauth2":
            client.oauth2_login(account.user, secret)
        elif account.user.isascii() and secret.isascii():
            # imaplib quotes the password, not the user.
            user = account.user.replace("\\", "\\\\").replace('"', '\\"')
            client.login(f'"{user}"', secret)
        else:
            client.plain_login(account.user, secret)  # LOGIN knows ASCII only
    except LoginError as error:
        text = plain(error, secret)
        # imapclient says LoginError too when the connection breaks, and servers when they are busy.
        if isinstance(error.__context__, IMAP4.abort) or TEMPORARY.search(text):
            raise MailboxError(f"{account.name}: login: {text}") from None
        raise LoginRefused(f"{account.name}: login refused: {text}") from None
