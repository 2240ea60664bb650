"""`maildaemon review`: mails and answers that wait for a person."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
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
    console = Console()
    for sentence, style in _sentences(mails, answers):
        console.print(Text(log.safe(sentence), style), soft_wrap=True)


def _sentences(mails: list[dict[str, Any]], answers: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A mail, with the answers to it that wait, is a few short lines: what an operator reads first stands first. Each
    with its style."""
    left = {row["number"]: row for row in answers}
    for row in mails:
        yield f"{row['number']} {row['decision']} (version {row['version']})  {_day(row['received'])}", "bold"
        yield f"    from {row['from'] or 'nobody'}: {row['subject'] or '(no subject)'}", ""
        yield f"    {row['reason'] or '-'}", ""
        yield from ((f"    {order}", "") for order in _each(row["each"]))
        for answer in row["answers"]:
            if (found := left.pop(answer["number"], None)) is not None:
                yield f"    {_answer_line(found)}", ""
    for row in left.values():
        yield f"{_answer_line(row)}; to mail {row['mail']}", ""
        yield f"    {row['subject']}", ""
    if not mails:
        yield "No mail waits.", ""
    if not answers:
        yield "No answer waits.", ""


def _answer_line(row: dict[str, Any]) -> str:
    note = f": {row['note']}" if row["note"] else ""
    return f"{row['number']} {row['why']}, an answer to {row['to']} of {_day(row['written'])}{note}"


def _day(at: str) -> str:
    return f"{at[:10]} {at[11:16]} UTC"


def _each(orders: list[dict[str, Any]]) -> list[str]:
    """The orders of a mail that has more than one, each with its number."""
    if len(orders) < 2:
        return []
    waits = {True: " (waits)", False: ""}
    return [
        f"{one['number']} {one['po_number'] or '?'}: {one['said'] or one['decision']}{waits[one['waits']]}"
        for one in orders
    ]


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
    for line in (f"To: {to}", f"Subject: {subject}", "", *text.splitlines()):
        Console().print(Text(log.safe(line, deciding.LINE)), soft_wrap=True)


@app.command()
@plainly
def arrived(
    number: Number, config: ConfigOption = DEFAULT_CONFIG, by: deciding.By = None, reason: deciding.Why = None
) -> None:
    """Say that an answer in doubt has arrived: the client or the mail server's log told you."""
    from maildaemon.edge.triage import Triage

    with opened(read_config(config)) as ledger:
        known = Triage(ledger.database).arrived(_answer(number), now(), deciding.actor(by), reason)
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: written down as sent")


@app.command()
@plainly
def again(
    number: Number, config: ConfigOption = DEFAULT_CONFIG, by: deciding.By = None, reason: deciding.Why = None
) -> None:
    """Send an answer in doubt once more, byte for byte: you know that it did not arrive."""
    from maildaemon.edge.triage import Triage

    with opened(sending(config)) as ledger:
        known = Triage(ledger.database).send_again(_answer(number), now(), deciding.actor(by), reason)
    if not known:
        end(FAILED, f"{number}: no answer of this number is in doubt")
    print(f"{number}: goes out once more; the running daemon sends it")


@app.command()
@plainly
def resume(config: ConfigOption = DEFAULT_CONFIG, by: deciding.By = None, reason: deciding.Why = None) -> None:
    """Let answers go out again after the breaker has held them."""
    from maildaemon.edge.triage import Triage

    found = read_config(config)
    with opened(found) as ledger:
        boxes = [box.name for box in found.mailbox]
        resumed = Triage(ledger.database).resume(now(), deciding.actor(by), reason, boxes)
    if not resumed:
        end(FAILED, "the breaker holds nothing")
    print("resumed; the running daemon sends what was held, within the bounds")


def _answer(number: str) -> int:
    which, found, _ = numbered(number, ANSWER)
    if which == MAIL:
        end(FAILED, f"{number}: expected an answer's number, such as A7")
    return found
