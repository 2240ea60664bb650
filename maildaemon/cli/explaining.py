"""`maildaemon explain` and `maildaemon rules`: why a mail was decided as it was, and what the rules are."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config
from maildaemon.model import HEADER_FIELDS, Fact, Known, OrderDecision, Promise
from maildaemon.wording import code_key

if TYPE_CHECKING:
    from maildaemon.edge.lookup import Told
    from maildaemon.playbook import Playbook
    from maildaemon.stand import Ground

rules = typer.Typer(no_args_is_help=True, help="The rules that orders are judged by.")


@plainly
def explain(
    what: Annotated[str, typer.Argument(help="A mail's number, our reference for an order, or a client's PO number.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per mail and line.")] = False,
) -> None:
    """Say why a mail was decided as it was: each rule's word, the values, the sum behind the promised day."""
    from maildaemon.edge.lookup import told
    from maildaemon.report import tried

    found = told(read_config(config).ledger, what)
    if not found:
        end(FAILED, f"{what}: no mail of this number was decided, and no order has it as reference or PO number")
    console = Console()
    for one in found:
        if as_json:
            shown = tried(f"mail {one.mail_id}", one.decision, None, one.decision.mode)
            facts = [[_as_json(fact, _age(fact.as_of, known.at)) for fact in known.facts] for known in one.known]
            more = {"profile": one.profile, "playbook": one.playbook, "facts": facts}
            print(json.dumps(shown | more, ensure_ascii=False))
            continue
        for sentence in _head(one):
            console.print(Text(log.safe(sentence)), soft_wrap=True)
        for order, known in zip_longest(one.decision.orders, one.known[: len(one.decision.orders)]):
            _order(console, order)
            if known is not None:
                _facts(console, order, known)


def _head(one: "Told") -> Iterator[str]:
    """What holds for the whole mail."""
    decision = one.decision
    yield f"Mail {one.mail_id} from {one.sender or 'nobody'}: {one.subject or ''}"
    yield f"received {one.received_at:%Y-%m-%d %H:%M} UTC in {one.mailbox}, now {one.state}"
    yield f"read by {one.profile or 'nobody'}, judged in mode {one.mode} by playbook {one.playbook[:12]}"
    yield f"decision: {decision.action} ({decision.reason}); answers: {', '.join(one.answers) or 'none'}"
    if decision.brief is not None:
        yield f"{decision.brief} is told, without detail, that an order came"
    if one.ground is not None:
        yield from _ground(one.ground)
    for objection in decision.objections:
        if objection.order is None:
            yield f"- {objection.rule}: {objection.reason}"
    for reason in decision.no_answer:
        yield f"- it must not be answered: {reason}"


def _ground(ground: "Ground") -> Iterator[str]:
    """Whom the mailbox believed when it was decided, and what the mail's signatures proved."""
    stand = ground.stand
    believed = [f"the Authentication-Results of {stand.authserv_id}"] if stand.authserv_id else []
    believed += ["DKIM signatures verified here"] if stand.dkim else []
    yield f"believed of the sender: {' and '.join(believed) or 'what the mail says'}"
    for one in ground.signatures:
        bits = f", {one.bits} bits" if one.bits else ""
        found = one.why or one.note or "it holds"
        yield f"- signature {one.selector or '?'} of {one.domain or '?'} ({one.algorithm or '?'}{bits}): {found}"


def _order(console: Console, one: OrderDecision) -> None:
    from maildaemon import again

    order = one.order
    number = order.po_number.value if order.po_number else "no PO number"
    console.print()
    console.print(Text(f"Order {one.reference} ({log.safe(number)}): {one.action}", "bold"))
    table = Table("rule", "said", box=None, padding=(0, 2, 0, 0))
    for objection in one.objections:
        table.add_row(Text(objection.rule, "red"), Text(log.safe(objection.reason)))
    for warning in one.warnings:
        table.add_row(Text(warning.rule, "yellow"), Text(f"to note: {log.safe(warning.reason)}"))
    for rule in one.proved:
        table.add_row(Text(rule, "green"), Text("content"))
    console.print(table)
    values = Table("value", "is", "read in", box=None, padding=(0, 2, 0, 0))
    for name in HEADER_FIELDS:
        if (found := getattr(order, name)) is not None:
            where = ", ".join(filter(None, (found.document, found.place)))
            values.add_row(name, Text(log.safe(str(found.value))), Text(log.safe(where)))
    for place, line in enumerate(order.lines, 1):
        what = line.product.product.sku if line.product.product else "not known"
        many = f"{line.quantity.value} of " if line.quantity else ""
        values.add_row(
            f"line {place}",
            Text(log.safe(f"{many}{what}")),
            Text(log.safe(line.quantity.place if line.quantity else "")),
        )
    console.print(values)
    for said in again.told(order.relation) if order.relation is not None else ():
        console.print(Text(log.safe(said)), soft_wrap=True)
    if order.promise is not None:
        _promise(console, order.promise)


def _facts(console: Console, one: OrderDecision, known: Known) -> None:
    """What was known when it was decided, by whom, and how old it was then."""
    table = Table("fact", "is", "says", "age", box=None, padding=(0, 2, 0, 0))
    for fact in known.facts:
        said = Text(log.safe(fact.said)) if fact.problem is None else Text(f"unknown: {log.safe(fact.problem)}", "red")
        table.add_row(Text(log.safe(fact.about)), said, Text(fact.source), _age(fact.as_of, known.at))
    told = {fact.about for fact in known.facts}
    ordered = {code_key(line.product.product.sku) for line in one.order.lines if line.product.product is not None}
    for stock in known.stock:
        if code_key(stock.sku) in ordered and (about := f"stock of {stock.sku}") not in told:
            table.add_row(Text(log.safe(about)), f"{stock.on_hand} on hand", "our table", _age(stock.as_of, known.at))
    if table.row_count:
        console.print(table)


def _as_json(fact: Fact, age: str) -> dict[str, str | None]:
    as_of = fact.as_of.isoformat() if fact.as_of is not None else None
    said = fact.said if fact.problem is None else None
    return {
        "about": fact.about,
        "source": fact.source,
        "said": said,
        "as_of": as_of,
        "age": age,
        "problem": fact.problem,
    }


def _age(as_of: datetime | None, now: datetime | None) -> str:
    if as_of is None or now is None:
        return "-"
    minutes = max(0, int((now - as_of).total_seconds() // 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _promise(console: Console, promise: Promise) -> None:
    console.print(f"promised for {promise.day}" if promise.day else "no day can be promised")
    for step in promise.steps:
        console.print(Text(f"  {step.day:%a %Y-%m-%d}  {step.what}: {log.safe(step.why)}"), soft_wrap=True)
    for reason in promise.missing:
        console.print(Text(f"  - {log.safe(reason)}"), soft_wrap=True)


@rules.command()
@plainly
def show(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration file.")] = None,
    folder: Annotated[Path | None, typer.Option("--rules", help="The rules in this folder.", metavar="DIR")] = None,
) -> None:
    """The matrix, and each deck's rules with what follows."""
    from maildaemon.edge import playbooks

    settings = read_config(config) if config is not None else None
    playbook = playbooks.load(settings.parsers if settings else None, folder or (settings.rules if settings else None))
    console = Console()
    console.print(_matrix(playbook))
    for deck in (playbook.deck, *playbook.decks.values()):
        table = Table("rule", "asks", "then", title=f"rules/{deck.name}.toml", title_justify="left")
        for rule in deck.rules:
            arguments = ", ".join(f"{key} = {value}" for key, value in rule.arguments.items() if value is not None)
            asks = str(rule.arguments["when"]) if rule.check is None else f"{rule.check} {arguments}".strip()
            table.add_row(rule.name, Text(asks), "warn" if rule.warns else str(rule.then))
        console.print(table)


def _matrix(playbook: "Playbook") -> Table:
    """Rows of which the same holds stand together."""
    together: dict[str, list[str]] = {}
    for row in playbook.matrix.row:
        named = zip(("customer", "profile", "source"), row.key, strict=True)
        whose = ", ".join(f"{name} {value}" for name, value in named if value)
        when = row.trigger if isinstance(row.trigger, str) else f"{row.trigger.field}: {', '.join(row.trigger.values)}"
        unknown = row.unknown_facts if row.unknown_facts == "review" else f"hold, {row.hold_hours:g} h at most"
        channel = ", ".join(f"{name}: {found}" for name, found in row.channel.items())
        holds = (
            f"judged when {when} by rules/{row.deck}.toml",
            f"required: {', '.join(row.required) or '-'}",
            f"facts unknown: {unknown}; mode at most {row.mode}; says {row.commits}",
            f"channel: {channel}; team: {row.team or '-'}",
        )
        together.setdefault("\n".join(holds), []).append(whose or "everything")
    table = Table("for", "holds", title="rules/matrix.toml", title_justify="left", show_lines=True)
    for text, rows in together.items():
        table.add_row(Text("\n".join(rows)), Text(text))
    return table
