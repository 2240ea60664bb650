"""`maildaemon modes`: how far each profile is trusted, what it has earned, and what a person says of that."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maildaemon import log
from maildaemon.cli.base import DEFAULT_CONFIG, FAILED, ConfigOption, end, plainly, read_config
from maildaemon.cli.desk import MAIL, NUMBER, JsonOption, now, numbered, opened
from maildaemon.model import Action, Mode, lowest
from maildaemon.modes import ProfileMode, Terms
from maildaemon.record import LOOKS, Record, allowed, percent, proposal
from maildaemon.settings import Settings

if TYPE_CHECKING:
    from maildaemon.edge.profile_modes import ProfileModes

app = typer.Typer(
    invoke_without_command=True,
    help="How far each profile is trusted, its record, and what it has earned. An error is judged at fixed numbers of "
    f"decisions only ({', '.join(map(str, LOOKS))}), each time with a certainty of 95 %.",
)
Profile = Annotated[str, typer.Argument(help="A profile's name, such as northwind, or general.", metavar="NAME")]
Own = Annotated[Mode, typer.Argument(help="How far it is trusted.")]
By = Annotated[str, typer.Option("--by", help="Who says so.", metavar="NAME")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the ledger.", metavar="TEXT")]
WOULD = {Action.ACKNOWLEDGE: "ack", Action.HOLD: "hold", Action.REVIEW: "review", Action.ESCALATE: "esc",
         Action.IGNORE: "ignore"}  # fmt: skip


@app.callback()
@plainly
def modes(context: typer.Context, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    if context.invoked_subcommand is None:
        _list(config, as_json=as_json)


@app.command("list")
@plainly
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show each profile's record: what it would have done, and what persons said of it."""
    _list(config, as_json=as_json)


@app.command("set")
@plainly
def set_(name: Profile, mode: Own, by: By, reason: Why, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say how far a profile is trusted, within what settings and matrix allow.

    It holds at once, also for a daemon that is running. Auto that was not earned can be set too: that is recorded as
    overruling. Anything below auto lets the count begin anew."""
    _bounded(by, reason)
    found = read_config(config)
    with _records(found) as (kept, terms, records):
        record = next((one for one in records if one.profile == name), None)
        if record is None:
            known = ", ".join(one.profile for one in records)
            end(FAILED, f"{log.safe(name)}: there is no such profile; expected one of {known}")
        overruled = mode is Mode.AUTO and not record.earned(terms)
        last = ProfileMode(name, mode, now(), by, reason, overruled=overruled)
        kept.put(last, [box.name for box in found.mailbox], now())
    print(f"{name}: {mode}" + (f", overruling its record: {_judged(record, terms)}" if overruled else ""))
    if lowest(record.allowed, mode) is not mode:
        print(f"settings and matrix allow {record.allowed} at most, so {record.allowed} holds")


@app.command()
@plainly
def contradict(what: Annotated[str, typer.Argument(
    help="A mail (M12), our reference for an order, or a client's PO number.", metavar="MAIL|ORDER"
)], by: By, reason: Why, config: ConfigOption = DEFAULT_CONFIG) -> None:  # fmt: skip
    """Say that an acknowledgement was wrong, or would have been: takes auto from its profile at once."""
    from maildaemon.cli.desk import service
    from maildaemon.edge.profile_modes import ProfileModes
    from maildaemon.testimony import acknowledges, proves

    _bounded(by, reason)
    found = read_config(config)
    mail_id = _mail(found, what)
    with service(found) as persons, opened(found) as ledger:
        kept = ProfileModes(ledger.database)
        case, gates = persons.cases.case(mail_id), kept.gates_own(mail_id)
        if case is None or case.mailbox not in persons.houses:
            end(FAILED, f"{what}: there is no mail of this number in the mailboxes that are configured")
        if gates is None or not acknowledges(gates):
            end(FAILED, f"{what}: none of its orders was acknowledged without a person, or would have been")
        word = proves(case, persons.houses[case.mailbox], contradicts=True)
        new = kept.contradict(mail_id, word, by, reason, now())
        modes_now = kept.modes()
    print(f"M{mail_id}: contradicted" + ("" if new else " (it was already)"))
    for profile in word.pool:
        print(f"{profile}: {modes_now.get(profile, word.start)}")


# --- the list ---------------------------------------------------------------------------------------------------------


def _list(config: Any, *, as_json: bool) -> None:
    found = read_config(config)
    with _records(found) as (_, terms, records):
        pass
    if as_json:
        for record in records:
            print(json.dumps(_shown(record, terms), ensure_ascii=False))
        return
    console = Console()
    table = Table(
        "profile", "mode", "seen", *WOULD.values(), "right", "wrong", "error at most",
        box=None, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for record in records:
        if record.counts.seen or record.decisions or record.last is not None:
            table.add_row(*_row(record, terms))
    console.print(table)
    idle = [one.profile for one in records if not (one.counts.seen or one.decisions or one.last is not None)]
    for sentence in (*_sentences(records, terms), *([f"nothing seen yet: {', '.join(idle)}"] if idle else [])):
        console.print(Text(log.safe(sentence)), soft_wrap=True)


def _row(record: Record, terms: Terms) -> Iterator[Text | str]:
    counts = record.counts
    yield Text(log.safe(record.profile[:14]))
    yield Text(str(record.mode), "bold red" if record.last is not None and record.last.fell else "")
    yield str(counts.seen)
    yield from (str(counts.would.get(action, 0) or "-") for action in WOULD)
    yield str(counts.agreements or "-")
    yield str(counts.contradictions or "-")
    earned = "green" if record.earned(terms) else ""
    yield Text(_bound(record), earned)


def _bound(record: Record) -> str:
    pooled = " *" if len(record.pool) > 1 else ""
    if record.look is None:
        return f"- ({record.decisions}/{LOOKS[0]}){pooled}"
    return f"{percent(record.look.bound)} ({record.look.errors}/{record.look.decisions}){pooled}"


def _sentences(records: tuple[Record, ...], terms: Terms) -> Iterator[str]:
    """What the table cannot say."""
    for pool in terms.pools:
        yield f"* {', '.join(pool)} are judged by their decisions together ([modes] pool)"
    for record in records:
        last = record.last
        if last is not None and last.fell:
            yield f"{record.profile}: auto was lost on {last.at:%Y-%m-%d %H:%M} UTC: {last.why}"
        elif last is not None:
            overruled = ", overruling its record" if last.overruled else ""
            when = f"{last.at:%Y-%m-%d %H:%M} UTC"
            yield f"{record.profile}: {last.mode} since {when}, by {last.actor}{overruled}: {last.why}"
        if (sentence := proposal(record, terms)) is not None:
            yield sentence


def _shown(record: Record, terms: Terms) -> dict[str, Any]:
    """One profile for scripts: the form that they rely on."""
    last, judged = record.last, record.look
    return {
        "profile": record.profile,
        "mode": str(record.mode),
        "own": str(record.own),
        "allowed": str(record.allowed),
        "seen": record.counts.seen,
        "would": dict(record.counts.would),
        "said": dict(record.counts.said),
        "agreements": record.counts.agreements,
        "contradictions": record.counts.contradictions,
        "pool": list(record.pool),
        "decisions": record.decisions,
        "judged": None
        if judged is None
        else {"decisions": judged.decisions, "contradictions": judged.errors, "bound": str(judged.bound)},
        "next": record.next,
        "earned": record.earned(terms),
        "proposal": proposal(record, terms),
        "set": None
        if last is None
        else {
            "mode": str(last.mode),
            "since": last.at.isoformat(timespec="seconds"),
            "by": last.actor,
            "why": last.why,
            "fell": last.fell,
            "overruled": last.overruled,
        },
    }


def _judged(record: Record, terms: Terms) -> str:
    if record.look is None:
        return f"{record.decisions} decisions of the {LOOKS[0]} that are needed at least"
    return f"an error of up to {percent(record.look.bound)}, and {percent(terms.bound)} is wanted"


# --- what the commands share ------------------------------------------------------------------------------------------


@contextmanager
def _records(settings: Settings) -> "Iterator[tuple[ProfileModes, Terms, tuple[Record, ...]]]":
    from maildaemon.daemon import effective
    from maildaemon.edge import playbooks
    from maildaemon.edge.profile_modes import ProfileModes
    from maildaemon.edge.restored import Restored

    with opened(settings) as ledger:
        settings = effective(settings, Restored(ledger.database).copied_at())
        playbook = playbooks.load(settings.parsers, settings.rules)
        kept, terms = ProfileModes(ledger.database), settings.modes.terms
        yield kept, terms, kept.records(terms, allowed(settings.mode, playbook), settings.mode)


def _mail(settings: Settings, what: str) -> int:
    """The number of the mail that is meant."""
    from maildaemon.edge.lookup import told

    if NUMBER.fullmatch(what) and what[:1] in "Mm":
        return numbered(what, MAIL)[1]
    meant = told(settings.ledger, what)
    if len(meant) != 1:
        several = f"{len(meant)} mails; say which: {', '.join(f'M{one.mail_id}' for one in meant)}"
        end(FAILED, f"{log.safe(what)}: {several if meant else 'no mail or order of this number was decided'}")
    return meant[0].mail_id


def _bounded(by: str, reason: str) -> None:
    for option, text, most in (("--by", by, 80), ("--reason", reason, 500)):
        if not 0 < len(text.strip()) <= most or not text.isprintable():
            end(FAILED, f"{option}: expected up to {most} printable characters")
