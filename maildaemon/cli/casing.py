"""`maildaemon rules test`: the cases beside the decks, and which of them the rules fail."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import FAILED, end, plainly, read_config
from maildaemon.model import Action

if TYPE_CHECKING:
    from maildaemon.cases import Result


@plainly
def try_cases(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration file.")] = None,
    folder: Annotated[Path | None, typer.Option("--rules", help="The rules in this folder.", metavar="DIR")] = None,
    only: Annotated[str, typer.Option("--only", help="Cases whose name has this in it.", metavar="TEXT")] = "",
) -> None:
    """Decide the cases in tests/*.toml beside the decks, and say where the rules decide otherwise."""
    from maildaemon.cases import cases, result
    from maildaemon.edge import playbooks

    settings = read_config(config) if config is not None else None
    own = folder or (settings.rules if settings else None)
    playbook = playbooks.load(settings.parsers if settings else None, own)
    found = [one for where, text in playbooks.case_files(own).items() for one in cases(text, where)]
    wanted = [(case, where) for case, where in found if only.casefold() in case.name.casefold()]
    if not wanted:
        end(FAILED, f"{own or playbooks.shipped('rules')}/tests: no case there; expected [[case]] tables in TOML files")
    results = [result(case, where, playbook) for case, where in wanted]
    console = Console()
    console.print(_table(results))
    failed = [one for one in results if not one.good]
    for one in failed:
        for sentence in _failure(one):
            console.print(Text(sentence), soft_wrap=True)
    console.print(f"{len(results) - len(failed)} of {len(results)} cases are decided as they are to be.")
    if failed:
        raise typer.Exit(FAILED)


def _table(results: "list[Result]") -> Table:
    table = Table("", "case", "decided", "by", box=None, padding=(0, 2, 0, 0))
    for one in results:
        mark = Text("ok", "green") if one.good else Text("FAILED", "bold red")
        table.add_row(mark, Text(log.safe(one.case.name)), str(one.decision.action), ", ".join(one.objects) or "-")
    return table


def _failure(one: "Result") -> list[str]:
    case = one.case
    told = [f"{one.where}: {log.safe(case.name)}"]
    told.append(f"  expected {_said(case.expect, case.objects, case.warns)}")
    told.append(f"  was      {_said(one.decision.action, one.objects, one.warns)}")
    warned = [warning for order in one.decision.orders for warning in order.warnings]
    told += [f"  - {spoken.rule}: {log.safe(spoken.reason)}" for spoken in (*one.decision.objections, *warned)]
    return told


def _said(action: Action, objects: tuple[str, ...], warns: tuple[str, ...]) -> str:
    noted = f"; noted by {', '.join(sorted(warns))}" if warns else ""
    return f"{action}, objected to by {', '.join(sorted(objects)) or 'nobody'}{noted}"
