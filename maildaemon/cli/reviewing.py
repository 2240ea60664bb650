"""`maildaemon review`: answers that wait for a person, and what the person says about them."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config
from maildaemon.desk import OutgoingState
from maildaemon.settings import Settings

if TYPE_CHECKING:
    from maildaemon.edge.triage import Triage

app = typer.Typer(
    no_args_is_help=True, help="See and settle answers that wait: for a release, for their bound, or in doubt."
)
Number = Annotated[int, typer.Argument(help="The number from `review list`.", metavar="NUMBER")]
WHY = {OutgoingState.DRAFT: "draft", OutgoingState.HELD: "held", OutgoingState.IN_DOUBT: "in doubt"}


@contextmanager
def _triage(settings: Settings) -> "Iterator[Triage]":
    from maildaemon.edge.ledger import SqlLedger
    from maildaemon.edge.triage import Triage

    ledger = SqlLedger(settings.ledger)
    try:
        yield Triage(ledger.database)
    finally:
        ledger.close()


def _sending(config: Path) -> Settings:
    found = read_config(config)
    if found.mode == "shadow":
        end(FAILED, "the mode is shadow: nothing is sent; set mode = draft or auto first")
    return found


@app.command("list")
@plainly
def list_(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the answers that wait, and why."""
    table = Table("number", "why", "written", "to", "subject", "note")
    with _triage(read_config(config)) as triage:
        rows, breaker = triage.waiting(), triage.breaker()
    for row in rows:
        why = WHY[OutgoingState(row.state)]
        cells = (str(row.id), why, f"{row.created_at:%Y-%m-%d %H:%M}", row.recipient, row.subject, row.response or "")
        table.add_row(*(Text(log.safe(cell)) for cell in cells))
    if breaker is not None:
        sentence = f"The breaker holds everything: {log.safe(breaker)}. When you know why: maildaemon review resume"
        Console().print(Text(sentence, "bold red"), soft_wrap=True)
    Console().print(table if table.row_count else "No answer waits.")


@app.command()
@plainly
def show(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the whole text of an answer that waits."""
    with _triage(read_config(config)) as triage:
        row: Any = next((row for row in triage.waiting() if row.id == number), None)
    if row is None:
        end(FAILED, f"{number}: no answer of this number waits")
    message = email.message_from_bytes(row.raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    Console().print(Text(f"To: {row.recipient}\nSubject: {row.subject}\n\n{body.get_content() if body else ''}"))


@app.command()
@plainly
def release(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let a draft, or an answer that is held, go out: a running daemon sends it at once."""
    with _triage(_sending(config)) as triage:
        released = triage.release(number, datetime.now(UTC))
    if not released:
        end(FAILED, f"{number}: no draft of this number waits, and no answer is held under it")
    print(f"{number}: released; the running daemon sends it")


@app.command()
@plainly
def arrived(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say that an answer in doubt has arrived: the client or the mail server's log told you."""
    with _triage(read_config(config)) as triage:
        known = triage.arrived(number, datetime.now(UTC))
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: written down as sent")


@app.command()
@plainly
def again(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Send an answer in doubt once more, byte for byte: you know that it did not arrive."""
    with _triage(_sending(config)) as triage:
        known = triage.send_again(number, datetime.now(UTC))
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: goes out once more; the running daemon sends it")


@app.command()
@plainly
def resume(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let answers go out again after the breaker has held them."""
    with _triage(read_config(config)) as triage:
        resumed = triage.resume(datetime.now(UTC))
    if not resumed:
        end(FAILED, "the breaker holds nothing")
    print("resumed; the running daemon sends what was held, within the bounds")
