"""`maildaemon templates`: the layouts of an acknowledgement, checked and shown."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maildaemon.cli.base import FAILED, end, plainly, read_config
from maildaemon.settings import Settings

app = typer.Typer(no_args_is_help=True, help="How acknowledgements look, and what they say.")
Config = Annotated[Path | None, typer.Option("--config", "-c", help="A configuration file.")]
Folder = Annotated[Path | None, typer.Option("--templates", help="The templates in this folder.", metavar="DIR")]


@app.command()
@plainly
def check(config: Config = None, folder: Folder = None) -> None:
    """Try your own layouts in every language, and name file and line of what is wrong."""
    from maildaemon.edge import playbooks

    _, own = _given(config, folder)
    found = playbooks.layouts(playbooks.gather(templates=own))
    mine = ", ".join(sorted(found.own)) or "none of your own"
    Console().print(
        f"{len(found.texts)} languages ({', '.join(sorted(found.texts))}); templates: {mine}", soft_wrap=True
    )


@app.command()
@plainly
def preview(
    config: Config = None,
    folder: Folder = None,
    language: Annotated[str, typer.Option(help="ISO 639-1, such as de.")] = "en",
    customer_class: Annotated[
        str | None, typer.Option("--class", help="The channel that the matrix has for this class of customers.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="mail, branded or short.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML into this file.", metavar="FILE")] = None,
) -> None:
    """Show the acknowledgement of a sample order."""
    from maildaemon.edge import playbooks
    from maildaemon.housing import identity_of
    from maildaemon.reply.answer import written
    from maildaemon.reply.layouts import CHANNELS
    from maildaemon.reply.sample import US, sample

    settings, own = _given(config, folder)
    layouts = playbooks.layouts(playbooks.gather(templates=own))
    if language not in layouts.texts:
        end(FAILED, f"--language {language}: expected one of {', '.join(sorted(layouts.texts))}")
    if channel is not None and channel not in CHANNELS:
        end(FAILED, f"--channel {channel}: expected one of {', '.join(CHANNELS)}")
    decision = sample(language, customer_class)
    if channel is None:
        playbook = playbooks.load(settings.parsers if settings else None, settings.rules if settings else None)
        order = decision.orders[0].order
        channel = playbook.matrix.find(replace(order, source=playbook.general().source)).channel_of(order)
    who = replace(identity_of(settings) if settings else US, layouts=layouts)
    answer = written(sample(language, customer_class, channel), who)
    if html is not None:
        html.write_text(answer.html, "utf-8")
    print(f"Subject: {answer.subject}\n\n{answer.text}", end="")


def _given(config: Path | None, folder: Path | None) -> tuple[Settings | None, Path | None]:
    settings = read_config(config) if config is not None else None
    return settings, folder or (settings.templates if settings else None)
