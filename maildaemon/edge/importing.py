"""Master data into the ledger and out of it again."""

import threading
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, create_engine, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from maildaemon import masterdata
from maildaemon.catalogue import Catalogue
from maildaemon.edge.database import Database
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import MASTER, META
from maildaemon.masterdata import MasterData, Row, Rows, TableName
from maildaemon.model import Alias, Customer, Price, Product, Stock

TYPES: dict[TableName, type[Row]] = {
    "customers": Customer,
    "products": Product,
    "prices": Price,
    "aliases": Alias,
    "stock": Stock,
}
VERSION, IMPORTED = "master-version", "imported-"


class ImportFailed(Exception):  # noqa: N818
    """A file of master data cannot be used at all. ``str()`` is one plain line."""


def read_file(table: TableName, path: Path) -> Rows:
    """Raises ImportFailed when the file cannot be read."""
    try:
        return masterdata.read(table, masterdata.decode(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ImportFailed(f"{path}: {error}") from None


def read_folder(folder: Path) -> MasterData:
    """Master data out of the CSV files of a folder; files that are not there are empty tables. Rejected rows are left
    out: what they would have proved is not proved."""
    data = MasterData()
    for table in masterdata.TABLES:
        path = folder / f"{table}.csv"
        if path.exists():
            data = data.merged(table, read_file(table, path).rows)
    return data


def read_ledger(ledger: Path) -> MasterData:
    """The master data in a ledger, which is only read; empty where there is no ledger yet. Raises ImportFailed."""
    if not ledger.exists():
        return MasterData()
    engine = create_engine(f"sqlite:///file:{quote(str(ledger.absolute()))}?mode=ro&uri=true")
    try:
        with engine.connect() as db:
            return _load(db)
    except (DBAPIError, msgspec.MsgspecError) as error:
        raise ImportFailed(f"{ledger}: its master data cannot be read: {str(error).splitlines()[0][:200]}") from None
    finally:
        engine.dispose()


def import_file(ledger: Path, table: TableName, path: Path, now: datetime, *, replace: bool = False) -> Rows:
    """Take a file's rows into the ledger, in one transaction; ``replace`` empties the table first. Raises ImportFailed
    for a file that would leave a table empty: a broken export must not send every order to a person."""
    rows = read_file(table, path)
    if replace and not rows.rows:
        raise ImportFailed(f"{path}: no row of it can be used, so {table} was left as it is")
    store = SqlLedger(ledger)
    try:
        save(store.database, table, tuple(masterdata.stamped(row, now) for row in rows.rows), now, replace=replace)
    finally:
        store.close()
    return rows


def save(
    database: Database, table: TableName, rows: tuple[Row, ...], at: datetime | None = None, *, replace: bool = False
) -> None:
    """``at``: from when the rows are; None: nobody knows."""
    encoder = msgspec.json.Encoder()
    values = [
        {"kind": table, "key": "\x1f".join(masterdata.key(row)), "data": encoder.encode(row).decode()} for row in rows
    ]
    with database.write() as db:
        if replace:
            db.execute(delete(MASTER).where(MASTER.c.kind == table))
        if values:
            statement = upsert(MASTER)
            statement = statement.on_conflict_do_update(["kind", "key"], set_={"data": statement.excluded.data})
            db.execute(statement, values)
        if at is not None:
            when = upsert(META).values(key=f"{IMPORTED}{table}", value=at.isoformat())
            db.execute(when.on_conflict_do_update(["key"], set_={"value": when.excluded.value}))
        _count_up(db)


def _count_up(db: Connection) -> None:
    version = int(db.scalar(select(META.c.value).where(META.c.key == VERSION)) or 0)
    if version:
        db.execute(update(META).where(META.c.key == VERSION).values(value=str(version + 1)))
    else:
        db.execute(insert(META).values(key=VERSION, value="1"))


class Shelf:
    """The catalogue of the ledger's master data, built anew when an import has changed them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.lock = threading.Lock()
        self.version: str | None = None
        self.catalogue = Catalogue(MasterData())

    def __call__(self) -> Catalogue:
        with self.lock, self.database.read() as db:
            version = db.scalar(select(META.c.value).where(META.c.key == VERSION)) or ""
            if version != self.version:
                self.catalogue = Catalogue(_load(db), _imported(db))
                self.version = version
            return self.catalogue

    def dangling(self) -> tuple[str, ...]:
        """What the tables name and do not hold (see masterdata.dangling)."""
        with self.database.read() as db:
            return masterdata.dangling(_load(db))

    def counts(self) -> dict[str, int]:
        """Rows per table, for the check."""
        with self.database.read() as db:
            query = select(MASTER.c.kind, func.count()).group_by(MASTER.c.kind)
            return {row[0]: row[1] for row in db.execute(query)}


def _imported(db: Connection) -> dict[str, datetime]:
    """When each table was last imported."""
    rows = db.execute(select(META.c.key, META.c.value).where(META.c.key.startswith(IMPORTED, autoescape=True)))
    return {row.key.removeprefix(IMPORTED): datetime.fromisoformat(row.value) for row in rows}


def _load(db: Connection) -> MasterData:
    data = MasterData()
    for table, form in TYPES.items():
        decoder = msgspec.json.Decoder(form)
        query = select(MASTER.c.data).where(MASTER.c.kind == table).order_by(MASTER.c.key)
        data = data.merged(table, tuple(decoder.decode(text) for text in db.scalars(query)))
    return data
