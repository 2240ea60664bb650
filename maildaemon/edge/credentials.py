"""Passwords and access tokens from where the operator keeps them."""

import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SECRET_LIMIT = 16 * 1024
TOKEN_SECONDS = 600.0
COMMAND_SECONDS = 30.0


class SecretError(Exception):
    """The secret cannot be had. ``str()`` is one line that names the source, never the secret."""


@dataclass(frozen=True, slots=True)
class PasswordFile:
    path: Path


@dataclass(frozen=True, slots=True)
class Environment:
    variable: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A systemd credential (``LoadCredential=name:...``), a file in ``$CREDENTIALS_DIRECTORY``."""

    name: str


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """A program with its arguments, run without a shell, that prints an OAuth2 access token."""

    command: tuple[str, ...]


Source = PasswordFile | Environment | Credential | TokenCommand


class Secret(Protocol):
    def __call__(self) -> str:
        """The secret as it is now. Raises SecretError."""

    def refresh(self) -> None:
        """Forget what was remembered: the server refused it."""

    def problem(self) -> str | None:
        """What an operator should mend, in one line; None when all is well."""


def secret(source: Source) -> Secret:
    match source:
        case PasswordFile(path):
            return _Kept(lambda: _from_file(path), lambda: _too_open(path))
        case Environment(variable):
            return _Kept(lambda: _from_environment(variable))
        case Credential(name):
            return _Kept(lambda: _from_file(_credential(name)))
        case TokenCommand(command):
            return Token(lambda: _from_command(command))


class Section(Protocol):
    """Where the secret of a configured account is (:class:`maildaemon.settings_accounts.Account`)."""

    @property
    def password_file(self) -> Path | None: ...
    @property
    def password_env(self) -> str | None: ...
    @property
    def credential(self) -> str | None: ...
    @property
    def token_command(self) -> tuple[str, ...] | None: ...


def of(section: Section) -> Secret:
    """The secret of a configured account, which names exactly one source."""
    if section.password_file is not None:
        return secret(PasswordFile(section.password_file))
    if section.password_env is not None:
        return secret(Environment(section.password_env))
    if section.credential is not None:
        return secret(Credential(section.credential))
    return secret(TokenCommand(section.token_command or ()))


def problem(section: Section) -> str | None:
    """What an operator should mend about an account's secret, in one line; None when all is well."""
    return of(section).problem()


def xoauth2(user: str, token: str) -> str:
    """The SASL XOAUTH2 initial response, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


class _Kept:
    """A secret that is read anew each time, so that a changed password needs no restart."""

    def __init__(self, read: Callable[[], str], warn: Callable[[], str | None] = lambda: None) -> None:
        self._read, self._warn = read, warn

    def __call__(self) -> str:
        return self._read()

    def refresh(self) -> None:
        pass

    def problem(self) -> str | None:
        try:
            self._read()
        except SecretError as error:
            return str(error)
        return self._warn()


class Token:
    """An access token, remembered for ten minutes or until it is refused. May be shared by threads."""

    def __init__(self, ask: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._clock = ask, clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0

    def __call__(self) -> str:
        with self._lock:
            if self._token is None or self._clock() >= self._until:
                self._token = self._ask()
                self._until = self._clock() + TOKEN_SECONDS
            return self._token

    def refresh(self) -> None:
        with self._lock:
            self._token = None

    def problem(self) -> str | None:
        try:
            self()
        except SecretError as error:
            return str(error)
        return None


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_LIMIT + 1)
    except OSError as error:
        raise SecretError(f"{path}: cannot be read: {error.strerror or 'input/output error'}") from None
    return _text(data.removesuffix(b"\n").removesuffix(b"\r"), str(path))


def _too_open(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"{path}: other users of this machine may read or write it; chmod 600 {path}"
    return None


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise SecretError(f"the environment variable {variable} is not set")
    return value


def _credential(name: str) -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(f"credential {name}: systemd passed no credentials (LoadCredential={name}:...)")
    if Path(name).name != name or name in {".", ".."}:
        raise SecretError(f"credential {name!r}: expected a plain name")
    return Path(folder) / name


def _from_command(command: tuple[str, ...]) -> str:
    """The program's standard output, stripped. What it says on standard error may hold secrets and is not shown."""
    where = f"token_command {command[0]}" if command else "token_command"
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SecretError(f"{where}: no token within {COMMAND_SECONDS:.0f} s") from None
    except (OSError, ValueError, IndexError) as error:
        raise SecretError(f"{where}: cannot be run: {getattr(error, 'strerror', None) or 'not a command'}") from None
    if done.returncode:
        raise SecretError(f"{where}: ended with status {done.returncode}")
    return _text(done.stdout.strip(), where)


def _text(data: bytes, where: str) -> str:
    if not data:
        raise SecretError(f"{where}: is empty")
    if len(data) > SECRET_LIMIT:
        raise SecretError(f"{where}: is longer than {SECRET_LIMIT} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SecretError(f"{where}: is not UTF-8") from None
