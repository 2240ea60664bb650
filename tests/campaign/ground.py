"""What all episodes of a campaign share: one Dovecot, one zygote, the sinks, and the template of a mailbox."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config

from maildaemon.daemon import Daemon
from maildaemon.edge import database
from maildaemon.edge.importing import import_file
from maildaemon.settings import parse
from tests.campaign.episode import Arm, Episode
from tests.campaign.sink import Sinks
from tests.campaign.victims import zygote
from tests.campaign.world import World, config
from tests.e2e.mails import CUSTOMERS, PRODUCTS, stock, unhurried
from tests.servers.dovecot import Dovecot, dovecot

# A login costs no new process, and many episodes run at once.
MANY = """
service imap {
  service_count = 200
  process_limit = 512
}
service lmtp {
  service_count = 1000
}
"""
TEMPLATE = "template"


@dataclass
class Ground:
    """``sabotage`` arms every victim; ``folder`` holds what the episodes leave while they run."""

    folder: Path
    server: Dovecot
    sinks: Sinks
    zygote: str
    sabotage: tuple[Arm, ...] = ()
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextlib.contextmanager
    def world(self, episode: Episode) -> Iterator[World]:
        user = f"u{next(self.numbers)}"
        home = self.folder / user
        home.mkdir()
        self._mailbox(user)
        shutil.copy(self.folder / "ledger.db", home / "ledger.db")
        with self.sinks.sink() as sink:
            world = World(self, user, home, sink, episode.name)
            world.patience = episode.patience
            if not episode.archive:
                world.archive = {}
            try:
                yield world
            finally:
                world.close()
                shutil.rmtree(home, ignore_errors=True)
                for name in (user, f"archive-{user}"):
                    shutil.rmtree(self.server.maildir(name), ignore_errors=True)

    def _mailbox(self, user: str) -> None:
        """As the template's after its first contact, with the same UIDVALIDITY."""
        theirs, own = self.server.maildir(TEMPLATE), self.server.maildir(user)
        shutil.copytree(theirs, own, ignore=shutil.ignore_patterns("dovecot.index*", "dovecot.list.index*", "*.lock"))
        if os.geteuid() == 0:
            owner = theirs.stat()
            for path in (own, *own.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)

    def fresh(self, world: World) -> None:
        """A mailbox and a ledger that have not met: an empty INBOX, master data alone."""
        shutil.rmtree(self.server.maildir(world.user))
        shutil.copy(self.folder / "unmet.db", world.ledger)

    def older(self, world: World) -> None:
        """The ledger as the revision before the newest left it."""
        shutil.copy(self.folder / "older.db", world.ledger)


@contextlib.contextmanager
def ground(*, sabotage: tuple[Arm, ...] = ()) -> Iterator[Ground]:
    """Everything started, the template made. Raises RuntimeError when something does not start."""
    folder = Path(tempfile.mkdtemp(prefix="md-campaign-", dir="/tmp"))
    try:
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(dovecot(extra=MANY))
            path = stack.enter_context(zygote(folder))
            sinks = Sinks(server.lmtp_port)
            stack.callback(sinks.close)
            found = Ground(folder, server, sinks, path, sabotage)
            _template(found)
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _template(ground: Ground) -> None:
    """A ledger with master data (``unmet.db``), the same after the first contact with an empty mailbox
    (``ledger.db``), and that in the form of the revision before the newest (``older.db``)."""
    folder = ground.folder
    (folder / "imap").write_text(ground.server.password + "\n")
    (folder / "imap").chmod(0o600)
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "products.csv").write_text(PRODUCTS)
    (folder / "stock.csv").write_text(stock())
    unhurried(folder / "rules")
    for table in ("customers", "products", "stock"):
        assert not import_file(folder / "unmet.db", table, folder / f"{table}.csv", datetime.now(UTC)).rejected
    shutil.copy(folder / "unmet.db", folder / "ledger.db")
    text = config(TEMPLATE, ground.server.imap_port, 25, folder / "ledger.db", folder)
    daemon = Daemon(parse(text, "maildaemon.toml"))
    try:
        daemon.once()
    finally:
        daemon.close()
    shutil.copy(folder / "ledger.db", folder / "older.db")
    engine = database.engine(folder / "older.db")
    alembic = Config()
    alembic.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.connect() as connection:
        alembic.attributes["connection"] = connection
        command.downgrade(alembic, "-1")
    engine.dispose()
