"""Facts out of an HTTP address that answers with JSON: bounded in time and size, no redirect is followed."""

import base64
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from maildaemon.edge.credentials import SecretError
from maildaemon.edge.facts.provider import MOST_ROWS, FactsDown, bundles, value
from maildaemon.factrows import answers
from maildaemon.facts import About, FactAnswer, FactKind

LARGEST = 2**20
"""Bytes of one answer."""
AT_ONCE = 50
"""Articles in one address: with 80 characters each it is still one that servers take."""
CHUNK = 64 * 1024
PLACE = re.compile(r"\{([a-z_]{1,40})\}")
NOT_THERE = frozenset({http.client.NOT_FOUND, http.client.GONE})


class EndpointFacts:
    """Implements Provider."""

    def __init__(
        self,
        kind: FactKind,
        name: str,
        url: str,
        *,
        secret: Callable[[], str] | None = None,
        user: str | None = None,
        header: str | None = None,
        ca_file: Path | None = None,
        at: str = "",
        fields: Mapping[str, str] | None = None,
        seconds: float = 5,
        behind: timedelta = timedelta(0),
    ) -> None:
        """Nothing is connected yet. Raises OSError when the certificates cannot be read."""
        self.kind, self.name, self.url, self.seconds, self.behind = kind, name, url, seconds, behind
        self.secret, self.user, self.header = secret, user, header
        self.at, self.fields = tuple(filter(None, at.split("."))), dict(fields or {})
        self.parameters = tuple(dict.fromkeys(PLACE.findall(url)))
        self.many = any(one.endswith("s") for one in self.parameters)
        parts = urlsplit(url)
        self.host, self.port, self.is_tls = parts.hostname or "", parts.port, parts.scheme == "https"
        self.tls = ssl.create_default_context(cafile=ca_file) if self.is_tls else None

    def requests(self, abouts: Sequence[About]) -> Sequence[tuple[About, ...]]:
        return bundles(abouts, many=self.many, at_once=AT_ONCE)

    def fetch(self, abouts: tuple[About, ...], now: datetime) -> Mapping[About, FactAnswer]:
        try:
            status, body = self._get(self._target(abouts), self._headers())
        except SecretError as error:
            raise FactsDown(str(error)) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FactsDown(f"{self.name}: {_said(error)}") from None
        if status in NOT_THERE and not self.many:
            return answers(abouts, [], self.name, now)
        if status != http.client.OK:
            raise FactsDown(f"{self.name}: it answers with status {status}{_hint(status)}")
        return answers(abouts, self._rows(body), self.name, now, self.behind)

    def close(self) -> None:
        pass

    # the request ------------------------------------------------------------------------------------------------------

    def _target(self, abouts: Sequence[About]) -> str:
        """Path and query, every value quoted: none of them can become a part of the address."""

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            asked = abouts if name.endswith("s") else abouts[:1]
            return ",".join(quote(value(about, name), safe="") for about in asked)

        parts = urlsplit(self.url)
        written = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return PLACE.sub(filled, written)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "maildaemon"}
        if self.secret is None:
            return headers
        secret = self.secret().strip()
        if not (secret.isascii() and secret.isprintable()):
            raise SecretError(f"{self.name}: its token or password holds what no header may hold")
        if self.header is not None:
            return {**headers, self.header: secret}
        if self.user is not None:
            login = base64.b64encode(f"{self.user}:{secret}".encode()).decode()
            return {**headers, "Authorization": f"Basic {login}"}
        return {**headers, "Authorization": f"Bearer {secret}"}

    def _get(self, target: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises OSError, HTTPException or ValueError."""
        connection: http.client.HTTPConnection
        if self.tls is not None:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.seconds, context=self.tls)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.seconds)
        with _cut_off(self.seconds) as watch:
            try:
                connection.connect()
                watch.sock = connection.sock  # the response may take it over
                connection.request("GET", target, headers=dict(headers))
                with connection.getresponse() as response:
                    status, body = response.status, _body(response)
                if watch.is_late:  # what was cut off may look whole
                    raise TimeoutError
                return status, body
            except (OSError, http.client.HTTPException):
                if watch.is_late:
                    raise TimeoutError(f"no answer within {self.seconds:g} s") from None
                raise
            finally:
                connection.close()

    # the answer -------------------------------------------------------------------------------------------------------

    def _rows(self, body: bytes) -> list[Mapping[str, Any]]:
        try:
            found = json.loads(body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once)
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise FactsDown(f"{self.name}: its answer is no JSON: {_said(error)}") from None
        for step in self.at:
            if not isinstance(found, dict) or step not in found:
                raise FactsDown(f"{self.name}: its answer holds no {step}")
            found = found[step]
        rows = [found] if isinstance(found, dict) else [] if found is None else found
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise FactsDown(f"{self.name}: its answer is neither an object nor a list of objects")
        if len(rows) > MOST_ROWS:
            raise FactsDown(f"{self.name}: its answer has more than {MOST_ROWS} rows")
        return [self._named(row) for row in rows]

    def _named(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row under our names."""
        return {**row, **{ours: row.get(theirs) for ours, theirs in self.fields.items()}}


@dataclass(slots=True)
class _Watch:
    sock: socket.socket | None = None
    is_late: bool = False

    def cut(self) -> None:
        self.is_late = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _cut_off(seconds: float) -> Iterator[_Watch]:
    """The timeout of a socket is one for each piece: who sends a byte now and then is cut off by this one."""
    watch = _Watch()
    timer = threading.Timer(seconds, watch.cut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


def _body(response: http.client.HTTPResponse) -> bytes:
    """Raises ValueError for one that is too large or packed."""
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise ValueError("its answer is compressed, though nobody has asked for that")
    parts: list[bytes] = []
    size = 0
    while part := response.read(CHUNK):
        size += len(part)
        if size > LARGEST:
            raise ValueError(f"its answer is larger than {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _hint(status: int) -> str:
    if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
        return ": it refuses our login or token"
    return ": a redirect is not followed; expected the address itself" if 300 <= status < 400 else ""


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
