"""`maildaemon review approve, correct, reject, …`: what a person decides about a mail that waits."""

import getpass
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config
from maildaemon.cli.desk import ANSWER, MAIL, JsonOption, numbered, opened, service
from maildaemon.word import Ruling, Via, What, Word

LARGEST = 2**20
Mail = Annotated[str, typer.Argument(help="The mail's number from `review list`, such as M12.", metavar="NUMBER")]
Orders = Annotated[
    str,
    typer.Argument(
        help="The mail's number from `review list`, such as M12: with all its orders that wait; or one order's: M12.2.",
        metavar="NUMBER",
    ),
]
Either = Annotated[str, typer.Argument(help="An answer (A7), or a mail (M12) with all its answers.", metavar="NUMBER")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; unless said, your login name.", metavar="NAME")]
Why = Annotated[str | None, typer.Option("--reason", help="Why, for the ledger.", metavar="TEXT")]
Version = Annotated[
    int | None, typer.Option("--version", help="Only if the mail is still the one that you saw: its version.")
]
Settings_ = Annotated[
    list[str] | None,
    typer.Option("--set", help="A corrected value, such as lines[0].quantity=5.", metavar="FIELD=VALUE"),
]
From = Annotated[Path | None, typer.Option("--from", help="Orders as `show --json` prints them.", metavar="FILE")]


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("approve", approve),
        ("correct", correct),
        ("reject", reject),
        ("not-an-order", not_an_order),
        ("reread", reread),
        ("release", release),
    ):
        app.command(name)(command)


@plainly
def approve(
    number: Orders,
    config: ConfigOption = DEFAULT_CONFIG,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge a stopped mail's orders as they were read."""
    _decide(number, config, Word(0, What.APPROVE, _actor(by), Via.CLI, version, reason), as_json=as_json)


@plainly
def correct(
    number: Orders,
    config: ConfigOption = DEFAULT_CONFIG,
    set_: Settings_ = None,
    from_: From = None,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge them with corrected values."""
    if bool(set_) == (from_ is not None):
        end(FAILED, "expected corrected values: --set FIELD=VALUE (as often as you like), or --from FILE")
    word = Word(0, What.CORRECT, _actor(by), Via.CLI, version, reason)
    _decide(number, config, word, as_json=as_json, values=set_ or (), file=from_)


@plainly
def reject(
    number: Orders,
    config: ConfigOption = DEFAULT_CONFIG,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Answer nothing: the orders are not taken."""
    _decide(number, config, Word(0, What.REJECT, _actor(by), Via.CLI, version, reason), as_json=as_json)


@plainly
def not_an_order(
    number: Mail,
    config: ConfigOption = DEFAULT_CONFIG,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Say that the mail is no order at all."""
    _decide(number, config, Word(0, What.NOT_AN_ORDER, _actor(by), Via.CLI, version, reason), as_json=as_json)


@plainly
def reread(
    number: Mail,
    config: ConfigOption = DEFAULT_CONFIG,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Have the mail read and decided again, with today's rules and master data: the running daemon does it."""
    _decide(number, config, Word(0, What.REREAD, _actor(by), Via.CLI, version, reason), as_json=as_json)


@plainly
def release(
    number: Either,
    config: ConfigOption = DEFAULT_CONFIG,
    by: By = None,
    reason: Why = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Let a draft, or an answer that is held, go out as it is: a running daemon sends it at once."""
    word = Word(0, What.RELEASE, _actor(by), Via.CLI, version, reason)
    _decide(number, config, word, as_json=as_json, unless_said=ANSWER)


def show_mail(mail_id: int, orders: tuple[int, ...] | None, config: Path, *, as_json: bool) -> None:
    """Everything about one mail that waits or waited; or about some of its orders, by their places."""
    from maildaemon.edge.triage import Triage
    from maildaemon.reviewed import parts_of, sentences, shown

    found = read_config(config)
    with service(found) as persons:
        looked = persons.preview(mail_id, orders)
    if looked is None:
        end(FAILED, f"M{mail_id}: there is no mail of this number in the mailboxes that are configured")
    case, would = looked
    if orders is not None and orders[0] >= len(case.decision.orders):
        end(FAILED, f"M{mail_id}.{orders[0] + 1}: the mail has {len(case.decision.orders)} orders")
    with opened(found) as ledger:
        waiting = [
            row
            for row in Triage(ledger.database).waiting()
            if row.mail_id == mail_id and (orders is None or set(orders) & set(json.loads(row.orders)))
        ]
    draft = parts_of(waiting[-1].recipient, waiting[-1].subject, waiting[-1].raw) if waiting else None
    row = shown(case, would, draft, orders)
    if as_json:
        print(json.dumps(row, ensure_ascii=False))
        return
    console = Console()
    for sentence in sentences(row):
        console.print(Text(log.safe(sentence)), soft_wrap=True)


def _decide(
    number: str,
    config: Path,
    word: Word,
    *,
    as_json: bool,
    unless_said: str = MAIL,
    values: "list[str] | tuple[str, ...]" = (),
    file: Path | None = None,
) -> None:
    from dataclasses import replace

    from maildaemon.correcting import WrongCorrection, assigned, listed
    from maildaemon.reviewed import facts_of

    which, found, orders = numbered(number, unless_said)
    if which == ANSWER and word.what is not What.RELEASE:
        end(FAILED, f"{number}: expected a mail's number, such as M12")
    with service(read_config(config)) as persons:
        mail_id = found if which == MAIL else persons.cases.mail_of(found)
        if mail_id is None:
            end(FAILED, f"{number}: no answer of this number waits")
        word = replace(word, mail_id=mail_id, answer=found if which == ANSWER else None, orders=orders)
        case = persons.cases.case(mail_id)
        if case is None or case.mailbox not in persons.houses:
            end(FAILED, f"{number}: there is no mail of this number in the mailboxes that are configured")
        try:
            if word.what is What.CORRECT:
                count = len(case.decision.orders)
                wished = listed(_read(file), orders) if file is not None else assigned(values, count, orders)
                word = replace(word, wished=wished)
            ruling = persons.say(word)
        except WrongCorrection as wrong:
            end(FAILED, f"{number}: {wrong}")
    assert ruling is not None  # noqa: S101
    _told(number, ruling, facts_of(case, ruling), as_json=as_json)


def _told(number: str, ruling: Ruling, as_of: datetime | None, *, as_json: bool) -> None:
    """``as_of``: of what time the facts are in the answers that go out."""
    from maildaemon.reviewed import done

    if as_json:
        print(json.dumps(done(ruling, as_of), ensure_ascii=False))
    if ruling.refused is not None:
        if as_json:
            raise typer.Exit(FAILED)
        end(FAILED, f"{number}: not done: {log.safe(ruling.refused)}")
    if as_json:
        return
    then = {
        What.REREAD: "; the running daemon reads it",
        What.REJECT: "; nothing is answered",
        What.NOT_AN_ORDER: "; nothing is answered",
    }.get(ruling.word.what, "; the running daemon sends it" if ruling.reply or ruling.released else "; not answered")
    changed = f" ({', '.join(ruling.changed)})" if ruling.changed else ""
    facts = f"; stock and days in it are those of {as_of:%Y-%m-%d %H:%M} UTC" if as_of is not None else ""
    print(f"{number}: {ruling.word.what.past}{changed}{then}{facts}")


def _read(path: Path) -> Any:
    """JSON without floats: a price is what is written."""
    from maildaemon.correcting import WrongCorrection

    try:
        text = path.read_bytes()[: LARGEST + 1]
        if len(text) > LARGEST:
            raise WrongCorrection(f"{path}: larger than {LARGEST} bytes")
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        if isinstance(error, WrongCorrection):
            raise
        raise WrongCorrection(f"{path}: not JSON: {str(error)[:100]}") from None


def _actor(by: str | None) -> str:
    try:
        name = by or getpass.getuser()
    except (OSError, KeyError):
        name = "somebody"
    if not 0 < len(name) <= 80 or not name.isprintable():
        end(FAILED, "--by: expected a name of up to 80 printable characters")
    return name
