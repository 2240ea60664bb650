"""`maildaemon profile`: adding a source, and seeing what its profile reads."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maildaemon.cli.base import FAILED, plainly
from maildaemon.model import Source

app = typer.Typer(no_args_is_help=True, help="Add a source: propose its profile from sample mails, see what it reads.")
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="MAILDAEMON_CONFIG", help="The configuration file.", metavar="FILE"),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--parsers", help="Folder of profiles. Unless said: the configured one, else ./parsers.", metavar="DIR"
    ),
]


@app.command()
@plainly
def draft(
    files: Annotated[list[Path], typer.Argument(help="Sample mails, or bare documents.", metavar="FILE")],
    name: Annotated[
        str | None, typer.Option(help="The profile's name. Unless said: the sender's domain.", metavar="NAME")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Folder to write into. Unless said: the configured one, else ./parsers.", metavar="DIR"),
    ] = None,
    source: Annotated[
        Source | None,
        typer.Option(help="The channel it comes through. Unless said: direct, or edi for structured messages."),
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Who sends the bare documents among the files.", metavar="ADDRESS")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
    config: Config = None,
) -> None:
    """Propose a profile from sample mails, and write down what it reads of them."""
    from maildaemon.cli import profile_draft, profile_show
    from maildaemon.cli.sources import sources

    made = profile_draft.draft(files, name, sender, source, sources(config, into, making=True), force=force)
    profile_show.drafted(Console(), made)


@app.command("test")
@plainly
def look(
    name: Annotated[str, typer.Argument(help="The profile's name.", metavar="NAME")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Mails to look at instead of the profile's samples.", metavar="FILE")
    ] = None,
    parsers: Folder = None,
    bless: Annotated[bool, typer.Option("--bless", help="Write what is read now into the golden files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a mail, each on a line.")] = False,
    config: Config = None,
) -> None:
    """Show what a profile reads, value by value with evidence, and compare it with the golden files."""
    from maildaemon.cli import profile_show
    from maildaemon.cli.profile_test import as_json as shown
    from maildaemon.cli.profile_test import examine
    from maildaemon.cli.sources import sources

    where, console = sources(config, parsers), Console()
    count = bad = 0
    for one in examine(name, files or (), where, bless=bless):
        count, bad = count + 1, bad + bool(one.wrong)
        if as_json:
            sys.stdout.write(json.dumps(shown(one), ensure_ascii=True) + "\n")
        else:
            profile_show.tested(console, name, one)
    if not as_json:
        profile_show.summary(console, name, where.folder, count, bad)
    if bad:
        raise typer.Exit(FAILED)


@app.command("list")
@plainly
def list_(parsers: Folder = None, config: Config = None) -> None:
    """Show the profiles: whose mail each claims, and how many samples it has."""
    from maildaemon.cli import profile_show
    from maildaemon.cli.sources import sources

    profile_show.listed(Console(), sources(config, parsers))
