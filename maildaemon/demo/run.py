"""The demonstration itself: servers up, the real daemon on them, the samples in, and a look at what became of each."""

import contextlib
import logging
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imapclient.exceptions import IMAPClientError
from rich.console import Console
from rich.text import Text

from maildaemon import settings
from maildaemon.daemon import Daemon
from maildaemon.demo import samples, show
from maildaemon.demo.servers import HOST, Account, DemoMissing, ImapServer, SmtpSink
from maildaemon.edge.importing import import_file
from maildaemon.pipeline import Handled
from maildaemon.strict import PlaybookError

COMPANY = "Brightwater Workshop Supply"
ADDRESS = "orders@brightwater.example"

# The whole demo is to end within 60 s, also on a slow machine.
# After the last mail was decided, its answer and its move follow within GRACE.
CONTACT, PATIENCE, GRACE, SETTLE = 15.0, 35.0, 6.0, 0.7


@dataclass(slots=True)
class Heard:
    """The daemon's own account of what it did: it drives the table, it judges nothing."""

    show: show.Show
    count: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, handled: Handled) -> None:
        self.show.update(show.row(handled))
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait(self, count: int, deadline: float) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.count >= count, max(0.0, deadline - time.monotonic()))


def demo(console: Console, *, exit_when_done: bool = False) -> int:
    """Run the demonstration. 0: every sample ended as it should; 1: some did not, or the servers are not installed."""
    with tempfile.TemporaryDirectory(prefix="maildaemon-demo-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        sent, drop = folder / "sent", folder / "drop"
        sent.mkdir()
        drop.mkdir()
        stack.enter_context(_logging_to(folder / "daemon.log"))
        try:
            imap = stack.enter_context(ImapServer())
            sink = stack.enter_context(SmtpSink(sent))
        except DemoMissing as missing:
            console.print(Text(str(missing)))
            return 1
        console.print(f"IMAP server on {HOST}:{imap.port}, SMTP sink on {HOST}:{sink.port}: starting the daemon …")
        view = show.Show(console)
        heard = Heard(view)
        try:
            daemon = Daemon(_settings(folder, imap.account, sink.port), heard)
        except PlaybookError as error:
            console.print(Text(show.clean(str(error))), soft_wrap=True)
            return 1
        daemon.start()
        stack.callback(daemon.stop)
        if not daemon.contacted(CONTACT):
            console.print(f"the daemon did not reach the mailbox within {CONTACT:.0f} s; see {folder / 'daemon.log'}")
            return 1
        status = _samples(console, imap.account, sink, view, heard)
        if not exit_when_done:
            console.print(Text(f"The acknowledgements lie in {sent} as .eml files.", "default"), soft_wrap=True)
            _stay(console, imap.account, drop)
        return status


def _samples(console: Console, account: Account, sink: SmtpSink, view: show.Show, heard: Heard) -> int:
    """Deliver the samples, watch them, judge them."""
    expected = samples.samples(datetime.now(UTC))
    first = tuple(sample for sample in expected if not sample.later)
    with view:
        for those, so_far in ((first, first), (tuple(one for one in expected if one.later), expected)):
            samples.deliver(account, tuple(sample.raw for sample in those))
            heard.wait(len(so_far), time.monotonic() + PATIENCE)
            deadline = time.monotonic() + GRACE
            while samples.verify(account, sink.messages, so_far) and time.monotonic() < deadline:
                time.sleep(0.3)
        # A second acknowledgement would come a moment later: look again.
        time.sleep(SETTLE)
        problems = samples.verify(account, sink.messages, expected)
    if not problems:
        console.print(Text(f"Each of the {len(expected)} samples ended as it should.", "bold green"))
        return 0
    wrong = len({problem.sample for problem in problems})
    console.print(Text(f"{wrong} of {len(expected)} samples did not end as they should:", "bold red"))
    for problem in problems:
        console.print(Text(f"  {show.clean(str(problem))}"), soft_wrap=True)
    return 1


def _stay(console: Console, account: Account, drop: Path) -> None:
    """Keep running until Ctrl-C, and deliver every mail that a person copies into the folder."""
    console.print(
        Text(
            f"The daemon keeps running. Send it a mail:  cp my-order.eml {drop}/\n"
            f"or look into its mailbox: IMAP {account.host}:{account.port}, no TLS, "
            f"user {account.user}, password {account.password}\n"
            "Ctrl-C ends it and removes these folders."
        ),
        soft_wrap=True,
    )
    sizes: dict[Path, int] = {}
    try:
        while True:
            time.sleep(1)
            with contextlib.suppress(OSError):  # a file that goes away meanwhile
                sizes = look(console, account, drop, sizes)
    except KeyboardInterrupt:
        console.print("Ended.")


def look(console: Console, account: Account, drop: Path, before: dict[Path, int]) -> dict[Path, int]:
    """Deliver what lies in the folder and has not grown since the last look; the sizes of the others."""
    sizes = {path: path.stat().st_size for path in sorted(drop.glob("*.eml")) if path.is_file()}
    for path, size in list(sizes.items()):
        if not size or before.get(path) != size:
            continue
        # A file that cannot be read, a server that is busy: the next look tries again, and the others go on.
        with contextlib.suppress(OSError, IMAPClientError):
            raw = samples.mail(path.read_bytes(), datetime.now(UTC))
            # IMAP cannot carry NUL in a literal (RFC 9051, 4.3).
            samples.deliver(account, (raw.replace(b"\0", b""),))
            path.rename(path.with_suffix(".delivered"))
            console.print(Text(f"delivered {show.clean(path.name, 80)}", "dim"))
            del sizes[path]
    return sizes


def _settings(folder: Path, account: Account, smtp_port: int) -> settings.Settings:
    """The demo's configuration, written as an operator would write it, and the master data imported."""
    secret, ledger = folder / "password", folder / "ledger.db"
    secret.touch(mode=0o600)
    secret.write_text(account.password)
    tracker = f"{HOST}:{_free_port()}"
    text = f"""
mode = "auto"
ledger = "{ledger}"

[company]
name = "{COMPANY}"
address = "{ADDRESS}"
contact = "Order desk, +353 1 555 0100, desk@brightwater.example"

[[mailbox]]
name = "orders"
host = "{account.host}"
port = {account.port}
security = "none"
user = "{account.user}"
password_file = "{secret}"
folders = ["{samples.INBOX}"]
review = "{samples.REVIEW}"
processed = "{samples.PROCESSED}"
authserv_id = "mx.brightwater.example"

[smtp]
host = "{HOST}"
port = {smtp_port}
security = "none"

[tracker]
listen = "{tracker}"
url = "http://{tracker}"
pixel = "on"
"""
    config = settings.parse(text, "demo")
    for kind, path in samples.master_data(folder, datetime.now(UTC)).items():
        import_file(ledger, kind, path, datetime.now(UTC))
    return config


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The daemon's log goes into a file: the terminal belongs to the table."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
