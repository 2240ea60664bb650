"""`maildaemon audit` and `maildaemon backup`: what an operator does to be sure."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config, time_of


@plainly
def audit(
    config: ConfigOption = DEFAULT_CONFIG,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Leave the servers out.")] = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="First find out what was answered since a restored backup was made.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="When the ledger is from, such as 2026-11-23T09:00:00Z, if it was put back by other means.",
            metavar="TIME",
        ),
    ] = None,
) -> None:
    """Prove from the ledger and the servers that nothing was lost and nothing answered twice."""
    from maildaemon.cli import auditing, reconciling

    if reconcile and offline:
        end(FAILED, "--reconcile asks the servers; expected no --offline beside it")
    if since and not reconcile:
        end(FAILED, "--since says from when a ledger to be reconciled is; expected --reconcile beside it")
    at = time_of("--since", since) if since else None
    settings, made = read_config(config), None
    with auditing.bar() as say:
        if reconcile:
            made, found = reconciling.reconcile(settings, say, since=at)
        else:
            found = auditing.look(settings, say, offline=offline)
    if json_:
        print(auditing.as_json(found))
    else:
        auditing.show(found, Console(), offline=offline)
        if reconcile:
            said = made.sentences() if made else ["the ledger is no restored backup: there is nothing to reconcile"]
            for sentence in said:
                Console().print(Text(sentence), soft_wrap=True)
    if found.off:
        raise typer.Exit(FAILED)


@plainly
def backup(
    file: Annotated[Path, typer.Argument(help="The file to be made.", metavar="FILE")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy the ledger into one file, raw mail included, while the daemon works."""
    from maildaemon.edge.backup import backup as make

    made = make(read_config(config).ledger, file.absolute(), datetime.now(UTC))
    print(f"{file}: {made.size / 2**20:.1f} MiB in {made.seconds:.1f} seconds")
