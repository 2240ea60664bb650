"""`maildaemon review`: mails and answers that wait for a person."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli import deciding
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config
from maildaemon.cli.desk import ANSWER, MAIL, JsonOption, now, numbered, opened, sending
from maildaemon.desk import OutgoingState

app = typer.Typer(
    no_args_is_help=True,
    help="See and settle what waits: mails (M12) for a decision, with all their orders or one of them (M12.2), answers "
    "(A7) for a release, for their bound, in doubt. "
    "A number without its letter is a mail where a mail is decided, and an answer elsewhere.",
)
WHY = {OutgoingState.DRAFT: "draft", OutgoingState.HELD: "held", OutgoingState.IN_DOUBT: "in doubt"}
Number = Annotated[str, typer.Argument(help="The number from `review list`.", metavar="NUMBER")]
deciding.add_to(app)


@app.command("list")
@plainly
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what waits for a person, and why."""
    from maildaemon.edge.ruling import Rulings
    from maildaemon.edge.triage import Triage
    from maildaemon.reviewed import listed

    with opened(read_config(config)) as ledger:
        triage = Triage(ledger.database)
        rows, breaker = triage.waiting(), triage.breaker()
        mails = [listed(case) for case in Rulings(ledger.database).waiting()]
    answers = [
        {
            "number": f"A{row.id}",
            "mail": f"M{row.mail_id}",
            "orders": [f"M{row.mail_id}.{place + 1}" for place in json.loads(row.orders)],
            "why": WHY[OutgoingState(row.state)],
            "written": row.created_at.isoformat(timespec="seconds"),
            "to": row.recipient,
            "subject": row.subject,
            "note": row.response,
        }
        for row in rows
    ]
    if as_json:
        print(json.dumps({"mails": mails, "answers": answers, "breaker": breaker}, ensure_ascii=False))
        return
    if breaker is not None:
        sentence = f"The breaker holds everything: {log.safe(breaker)}. When you know why: maildaemon review resume"
        Console().print(Text(sentence, "bold red"), soft_wrap=True)
    _table("Mails", ("number", "version", "decision", "received", "from", "subject", "reason"), mails)
    for sentence in (one for mail in mails for one in _each(mail["each"])):
        Console().print(Text(log.safe(sentence)), soft_wrap=True)
    _table("Answers", ("number", "mail", "why", "written", "to", "subject", "note"), answers)
    if not mails:
        Console().print("No mail waits.")
    if not answers:
        Console().print("No answer waits.")


def _each(orders: list[dict[str, Any]]) -> list[str]:
    """The orders of a mail that has more than one, each with its number."""
    if len(orders) < 2:
        return []
    waits = {True: " (waits)", False: ""}
    return [
        f"{one['number']} {one['po_number'] or '?'}: {one['said'] or one['decision']}{waits[one['waits']]}"
        for one in orders
    ]


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(Text(log.safe("" if row[name] is None else row[name])) for name in columns))
    if rows:
        Console().print(table)


@app.command()
@plainly
def show(number: Number, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show a mail that waits: why, what was read, what would be answered, its text; or the text of an answer."""
    which, found, orders = numbered(number, ANSWER)
    if which == MAIL:
        deciding.show_mail(found, orders, config, as_json=as_json)
        return
    from maildaemon.edge.triage import Triage
    from maildaemon.reviewed import parts_of

    with opened(read_config(config)) as ledger:
        row: Any = next((row for row in Triage(ledger.database).waiting() if row.id == found), None)
    if row is None:
        end(FAILED, f"{number}: no answer of this number waits")
    to, subject, text = parts_of(row.recipient, row.subject, row.raw)
    if as_json:
        answer = {"number": f"A{row.id}", "mail": f"M{row.mail_id}", "to": to, "subject": subject, "text": text}
        print(json.dumps(answer, ensure_ascii=False))
        return
    Console().print(Text(f"To: {to}\nSubject: {subject}\n\n{text}"))


@app.command()
@plainly
def arrived(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say that an answer in doubt has arrived: the client or the mail server's log told you."""
    from maildaemon.edge.triage import Triage

    with opened(read_config(config)) as ledger:
        known = Triage(ledger.database).arrived(_answer(number), now())
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: written down as sent")


@app.command()
@plainly
def again(number: Number, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Send an answer in doubt once more, byte for byte: you know that it did not arrive."""
    from maildaemon.edge.triage import Triage

    with opened(sending(config)) as ledger:
        known = Triage(ledger.database).send_again(_answer(number), now())
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: goes out once more; the running daemon sends it")


@app.command()
@plainly
def resume(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let answers go out again after the breaker has held them."""
    from maildaemon.edge.triage import Triage

    with opened(read_config(config)) as ledger:
        resumed = Triage(ledger.database).resume(now())
    if not resumed:
        end(FAILED, "the breaker holds nothing")
    print("resumed; the running daemon sends what was held, within the bounds")


def _answer(number: str) -> int:
    which, found, _ = numbered(number, ANSWER)
    if which == MAIL:
        end(FAILED, f"{number}: expected an answer's number, such as A7")
    return found
