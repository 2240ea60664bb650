"""A real PostgreSQL in a temporary folder, on loopback: one database, an owner and a reader with a password."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_ports

MISSING = "PostgreSQL is not installed (apt-get install postgresql)"
PASSWORD = "secret"


@dataclass
class Postgres:
    port: int
    folder: Path
    binaries: Path
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"postgresql+pg8000://reader@127.0.0.1:{self.port}/erp"

    def run(self, words: str) -> None:
        """As the owner."""
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        subprocess.run(
            [self.binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "owner",
             "-d", "erp", "-c", words],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip

    def start(self) -> None:
        arguments = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder)]
        arguments += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", *arguments], stdout=log, stderr=log, **_other_user()
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                with contextlib.suppress(subprocess.CalledProcessError):
                    subprocess.run(
                        [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=True
                    )
                    return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # at once, whoever is connected
            self.process.wait(30)
            self.process = None


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None


def _other_user() -> dict:
    """PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return {}
    who = pwd.getpwnam("postgres")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    where = binaries()
    assert where is not None, MISSING
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pg-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres")
        (port,) = free_ports(1)
        made = Postgres(port, folder, where)
        subprocess.run(
            [where / "initdb", "-D", folder / "data", "-U", "owner", "-A", "scram-sha-256", "--pwfile", folder / "password",
             "-E", "UTF8", "--locale=C", "-N"],
            check=True, capture_output=True, **_other_user(),
        )  # fmt: skip
        made.start()
        try:
            subprocess.run(
                [where / "psql", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "owner", "-d", "postgres", "-c", "create database erp"],
                env={**os.environ, "PGPASSWORD": PASSWORD}, check=True, capture_output=True,
            )  # fmt: skip
            made.run(f"create role reader login password '{PASSWORD}'")
            yield made
        finally:
            made.stop()
