"""Facts out of an SQL database, by the operator's own query: values are bound, and nothing can be written."""

import re
import sqlite3
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, TextClause, bindparam, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from maildaemon.edge.credentials import SecretError
from maildaemon.edge.facts.provider import MOST_ROWS, FactsDown, bundles, value
from maildaemon.factrows import answers
from maildaemon.facts import About, FactAnswer, FactKind
from maildaemon.settings import ConfigError
from maildaemon.settings_facts import LOOPBACK

AT_ONCE = 200
WRAPPING = frozenset({"postgresql", "sqlite", "mysql", "mariadb"})
"""Databases whose query is asked as a part of one of ours: there it can only be a query, and its rows are bounded."""
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]{1,40})\b")


class DatabaseFacts:
    """Implements Provider."""

    def __init__(
        self,
        kind: FactKind,
        name: str,
        url: str,
        query: str,
        *,
        secret: Callable[[], str] | None = None,
        ca_file: Path | None = None,
        seconds: float = 5,
        parallel: int = 4,
        behind: timedelta = timedelta(0),
    ) -> None:
        """Nothing is connected yet. Raises ConfigError."""
        self.kind, self.name, self.seconds, self.behind = kind, name, seconds, behind
        self.parameters = tuple(dict.fromkeys(PARAMETER.findall(query)))
        self.many = any(one.endswith("s") for one in self.parameters)
        self.secret, self.ca_file = secret, ca_file
        self.engine = self._engine(url, parallel)
        self.query = _prepared(query, self.parameters, self.engine.dialect.name)

    def requests(self, abouts: Sequence[About]) -> Sequence[tuple[About, ...]]:
        return bundles(abouts, many=self.many, at_once=AT_ONCE)

    def fetch(self, abouts: tuple[About, ...], now: datetime) -> Mapping[About, FactAnswer]:
        bound = {
            name: [value(about, name) for about in abouts] if name.endswith("s") else value(abouts[0], name)
            for name in self.parameters
        }
        try:
            with self.engine.connect() as db:
                self._confine(db)
                found = db.execute(self.query, bound).mappings().fetchmany(MOST_ROWS + 1)
                db.rollback()
        except SecretError as error:
            raise FactsDown(str(error)) from None
        except (SQLAlchemyError, OSError, ValueError) as error:
            raise FactsDown(f"{self.name}: {_said(error)}") from None
        if len(found) > MOST_ROWS:
            raise FactsDown(f"{self.name}: the query yields more than {MOST_ROWS} rows")
        return answers(abouts, [{str(key): one[key] for key in one} for one in found], self.name, now, self.behind)

    def close(self) -> None:
        self.engine.dispose()

    def _engine(self, written: str, parallel: int) -> Engine:
        try:
            url = make_url(written)
            if url.get_backend_name() == "sqlite":
                return create_engine(
                    "sqlite://", creator=lambda: _read_only(url.database or "", self.seconds), poolclass=NullPool
                )
            made = create_engine(
                url,
                connect_args=self._connect_args(url),
                pool_size=parallel,
                max_overflow=0,
                pool_timeout=self.seconds,
                pool_recycle=300,
                pool_pre_ping=True,
                hide_parameters=True,
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(f"facts {self.name}: url: {_said(error)}") from None
        except ImportError as error:
            raise ConfigError(
                f"facts {self.name}: url: its driver is not installed ({error}); for PostgreSQL: "
                "pip install 'maildaemon[postgres]' and postgresql+pg8000://…"
            ) from None

        @event.listens_for(made, "do_connect")
        def _password(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
            # Read anew each time, so that a changed password needs no restart.
            if self.secret is not None:
                parameters["password"] = self.secret()

        return made

    def _connect_args(self, url: URL) -> dict[str, Any]:
        """Bounds of time; and for PostgreSQL elsewhere TLS, with the server's certificate verified."""
        driver, elsewhere = url.get_driver_name(), url.host is not None and url.host not in LOOPBACK
        if url.get_backend_name() != "postgresql":
            return {}
        if driver == "pg8000":
            tls = ssl.create_default_context(cafile=self.ca_file) if elsewhere else None
            # The server ends a query first: that leaves the connection whole.
            return {"timeout": self.seconds + 1, **({"ssl_context": tls} if tls is not None else {})}
        arguments: dict[str, Any] = {"connect_timeout": max(2, int(self.seconds))}
        if elsewhere:
            arguments |= {"sslmode": "verify-full", "sslrootcert": str(self.ca_file or "system")}
        return arguments

    def _confine(self, db: Connection) -> None:
        """Whatever the query says: the transaction only reads, and ends in time."""
        milliseconds = int(self.seconds * 1000)
        match self.engine.dialect.name:
            case "postgresql":
                db.exec_driver_sql("SET TRANSACTION READ ONLY")
                db.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
            case "mysql" | "mariadb":
                db.rollback()
                db.exec_driver_sql("START TRANSACTION READ ONLY")
            case "sqlite":
                _until(db.connection.dbapi_connection, time.monotonic() + self.seconds)
            case _:
                pass


def _prepared(query: str, parameters: Sequence[str], dialect: str) -> TextClause:
    if dialect in WRAPPING:
        # A comment at its end must not take the bracket away.
        query = f"SELECT * FROM (\n{query}\n) AS facts LIMIT {MOST_ROWS + 1}"  # noqa: S608  (the operator's own words)
    many: list[Any] = [bindparam(name, expanding=True) for name in parameters if name.endswith("s")]
    return text(query).bindparams(*many)


def _read_only(path: str, seconds: float) -> sqlite3.Connection:
    made = sqlite3.connect(
        f"file:{quote(path)}?mode=ro", uri=True, timeout=seconds, check_same_thread=False, isolation_level=None
    )
    made.execute("PRAGMA query_only = ON")
    return made


def _until(connection: Any, deadline: float) -> None:
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)


def _said(error: Exception) -> str:
    """What the database or its driver said, in one line. Parameters are hidden, and so is the statement."""
    inner: object = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    arguments = getattr(inner, "args", ())
    if arguments and isinstance(arguments[0], dict):  # pg8000 hands on the server's message by its fields
        inner = arguments[0].get("M", arguments[0])
    return " ".join(str(inner).split())[:200] or type(error).__name__
