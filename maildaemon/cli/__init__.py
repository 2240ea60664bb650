"""The command line: `maildaemon …`."""

import json
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from maildaemon import __version__
from maildaemon.cli import casing, explaining, keeping, modes, profiling, replaying, reviewing, templating
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config, time_of

WRONG_ARGUMENTS = 2
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reads purchase orders out of mailboxes, acknowledges those it can prove it has understood, "
    "and hands the rest to a person with its reasons.",
    epilog="Exit status: 0; 1 when it failed, said in one line; 78 when the configuration is wrong.",
)
app.add_typer(profiling.app, name="profile")
app.add_typer(reviewing.app, name="review")
app.add_typer(modes.app, name="modes")
explaining.rules.command("test")(casing.try_cases)
app.add_typer(explaining.rules, name="rules")
app.add_typer(templating.app, name="templates")


def main() -> None:
    """The console script. Errors that an operator can mend are one line; status 1, or 78 for the configuration."""
    try:
        app(prog_name="maildaemon")
    except SystemExit as ended:
        # The library's own status for a wrong argument, which scripts would have to know beside ours.
        raise SystemExit(FAILED if ended.code == WRONG_ARGUMENTS else ended.code) from None


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version, and end.", is_eager=True)] = False,
) -> None:
    if version:
        print(f"maildaemon {__version__}")
        raise typer.Exit


@app.command()
@plainly
def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="End by itself: 0 if each sample ended as it should.")] = False,
    samples: Annotated[
        Path | None, typer.Option(help="Only write the sample mails and master data into this folder.", metavar="DIR")
    ] = None,
) -> None:
    """Run sample mails through the real daemon, on embedded servers."""
    if samples is not None:
        from maildaemon.demo.write import write

        files = write(samples, datetime.now(UTC))
        print(f"{samples}: {len(files)} sample mails, and in {samples / 'known'} what is known of their clients")
        return
    try:
        from maildaemon.demo.run import demo as run_demo
    except ModuleNotFoundError as missing:
        end(FAILED, f"the demo needs {missing.name}: pip install 'maildaemon[demo]'")
    raise typer.Exit(run_demo(Console(), exit_when_done=exit_))


@app.command()
@plainly
def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the daemon until SIGTERM or Ctrl-C ends it. SIGHUP: look at the playbook's files at once."""
    from maildaemon import log
    from maildaemon.daemon import Daemon

    found = read_config(config)
    log.set_up(found.log)
    stopped = threading.Event()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    daemon = Daemon(found)
    # In a thread of its own: what is interrupted here may hold any lock.
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=daemon.reload, daemon=True).start())
    try:
        daemon.start()
        daemon.wait(stopped)
    finally:
        daemon.stop()


@app.command()
@plainly
def once(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Go over every mailbox once: collect, decide, answer, file."""
    from maildaemon import log
    from maildaemon.daemon import Daemon

    found = read_config(config)
    log.set_up(found.log)
    daemon = Daemon(found)
    try:
        daemon.once()
    finally:
        daemon.close()


@app.command()
@plainly
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Look at everything that the daemon needs, and say what to do about what is wrong."""
    from maildaemon.cli.checkup import examine

    console = Console()
    worst = "ok"
    for finding in examine(read_config(config)):
        style = {"ok": "green", "note": "yellow", "wrong": "bold red"}[finding.level]
        shown = Text.assemble((f"{finding.level:<6}", style), f"{finding.what}: {finding.sentence}")
        console.print(shown, soft_wrap=True)
        worst = "wrong" if "wrong" in {worst, finding.level} else worst
    if worst == "wrong":
        raise typer.Exit(FAILED)


@app.command("try")
@plainly
def try_(
    files: Annotated[list[Path], typer.Argument(help="Mails, or bare documents.", metavar="FILE")],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration file.", metavar="FILE")] = None,
    known: Annotated[
        Path | None, typer.Option(help="Folder with master data: customers.csv and so on.", metavar="DIR")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="The time to decide at, such as 2026-11-23T09:00:00Z.", metavar="TIME")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file, each on a line.")] = False,
) -> None:
    """Say what would become of these files. Needs no configuration, touches nothing."""
    from maildaemon.cli.trying import try_files
    from maildaemon.report import tried

    now = time_of("--at", at) if at else datetime.now(UTC)
    if known is not None and not known.is_dir():
        end(FAILED, f"{known}: not a folder; expected customers.csv and products.csv in it")
    found = read_config(config) if config else None
    console = Console()
    for row in try_files(files, found, known, now):
        shown = tried(row.file, row.decision, row.reading, row.mode, row.reply)
        if as_json:
            sys.stdout.write(json.dumps(shown, ensure_ascii=True) + "\n")
            sys.stdout.flush()
        else:
            _show(console, shown)


@app.command("import")
@plainly
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="customers.csv, products.csv, prices.csv, aliases.csv, stock.csv.", metavar="FILE"),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the table first.")] = False,
) -> None:
    """Take master data into the ledger. The file's name tells which table."""
    from maildaemon import masterdata
    from maildaemon.edge.importing import import_file

    console, refused = Console(), False
    found = read_config(config)
    for path in files:
        table = next((name for name in masterdata.TABLES if path.stem.lower() == name), None)
        if table is None:
            end(FAILED, f"{path}: expected a file named {', '.join(f'{name}.csv' for name in masterdata.TABLES)}")
        rows = import_file(found.ledger, table, path, datetime.now(UTC), replace=replace)
        console.print(
            Text(f"{path}: {len(rows.rows)} {table} taken, {len(rows.rejected)} rows rejected"), soft_wrap=True
        )
        if rows.unknown_columns:
            console.print(
                Text(f"  columns that mean nothing here: {', '.join(rows.unknown_columns)}", "yellow"), soft_wrap=True
            )
        for remark in rows.remarks:
            console.print(Text(f"  line {remark.line}: {remark.reason} ({remark.text})", "yellow"), soft_wrap=True)
        for rejected in rows.rejected:
            refused = True
            console.print(Text(f"  line {rejected.line}: {rejected.reason} ({rejected.text})", "red"), soft_wrap=True)
    if refused:
        raise typer.Exit(FAILED)


app.command()(keeping.audit)
app.command()(keeping.backup)
app.command()(replaying.replay)
app.command()(explaining.explain)


def _show(console: Console, shown: dict[str, Any]) -> None:
    """One file for a person: the decision, the reasons, what was read."""
    from maildaemon.log import safe

    colour = {"acknowledge": "bold green", "review": "bold yellow", "escalate": "bold red"}.get(
        shown["decision"], "bold"
    )
    console.print(
        Text.assemble((safe(shown["file"]), "bold"), ": ", (shown["decision"], colour), f" ({shown['kind']})")
    )
    for objection in shown["objections"]:
        console.print(Text(f"  · {safe(objection['reason'])}  [{objection['rule']}]"), soft_wrap=True)
    for order in shown["orders"]:
        facts = ("po_number", "customer", "order_date", "requested_date", "currency", "total", "payment_terms")
        stated = ", ".join(f"{name} {safe(order[name])}" for name in facts if order[name] is not None)
        console.print(Text(f"  order: {stated or 'nothing was read'}"), soft_wrap=True)
        for line in order["lines"]:
            parts = (line["quantity"], line["unit"], line["product"] or line["sku"], line["description"])
            price = f" @ {line['unit_price']}" if line["unit_price"] else ""
            console.print(Text("    " + " ".join(safe(part) for part in parts if part) + price), soft_wrap=True)
    if shown["reply"]:
        console.print(Text(f"  answer: {safe(shown['reply']['subject'])}"), soft_wrap=True)
