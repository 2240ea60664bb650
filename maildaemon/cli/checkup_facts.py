"""What `maildaemon check` says of facts: does each source answer, can each watched file be taken."""

from collections.abc import Iterator
from datetime import UTC, datetime

from maildaemon import log
from maildaemon.cli.findings import Finding
from maildaemon.edge import playbooks
from maildaemon.edge.database import LedgerError
from maildaemon.edge.facts.sources import Source, Sources
from maildaemon.edge.facts.wiring import source
from maildaemon.edge.importing import ImportFailed, Shelf
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.watched import last_taken, usable
from maildaemon.facts import About, FactKind
from maildaemon.matrix import unanswered
from maildaemon.settings import ConfigError, Settings
from maildaemon.settings_facts import WatchSettings
from maildaemon.strict import PlaybookError

NOBODY = "X-0"
"""What is asked for where our own tables name nothing: a source that answers says that it has none."""


def facts(settings: Settings) -> Iterator[Finding]:
    """One line for each source and each file."""
    if not (settings.facts or settings.watch or _waits(settings)):
        return
    try:
        ledger = SqlLedger(settings.ledger)
    except LedgerError:
        return  # that was said already
    try:
        shelf = Shelf(ledger.database)
        for one in settings.facts:
            what = f"facts {one.source}"
            try:
                yield _asked(what, source(one, shelf), _about(FactKind(one.kind), shelf))
            except ConfigError as error:
                yield Finding("wrong", what, str(error))
        for watched in settings.watch:
            yield _watched(watched, ledger)
        if waiting := sum(len(ledger.held(box.name)) for box in settings.mailbox):
            yield Finding(
                "note", "orders", f"{waiting} mails wait for a fact, or for their deal; they stay in the inbox"
            )
    finally:
        ledger.close()
    if sentence := _waits(settings):
        yield Finding("wrong", "facts", sentence)


def _waits(settings: Settings) -> str | None:
    """What the matrix waits for and nobody is asked for."""
    try:
        playbook = playbooks.load(settings.parsers, settings.rules)
    except PlaybookError:
        return None  # that was said already
    return unanswered(playbook.matrix, {one.kind for one in settings.facts})


def _about(kind: FactKind, shelf: Shelf) -> About:
    """Something that our own tables name."""
    sku, number = (one or NOBODY for one in shelf().some())
    match kind:
        case FactKind.STOCK:
            return About(kind, sku=sku)
        case FactKind.STANDING:
            return About(kind, customer=number)
        case FactKind.PRICE:
            return About(kind, sku=sku, customer=number)
        case FactKind.STAGE:
            return About(kind, customer=number, po_number=NOBODY)


def _asked(what: str, found: Source, about: About) -> Finding:
    sources = Sources([found])
    answer = sources.ask([about], datetime.now(UTC))[about.key]
    sources.close()
    if found.circuit.reason is not None:
        sentence = f"does not answer: {log.safe(found.circuit.reason)}; until it does, its facts are unknown"
        return Finding("wrong", what, sentence)
    if answer.problem is None:
        return Finding("ok", what, f"answers: {log.safe(about)}: {log.safe(answer.said)}, as of {_at(answer.as_of)}")
    if answer.problem == f"{found.provider.name} has none":
        level = "ok" if about.kind is FactKind.STAGE or NOBODY in (about.sku, about.customer) else "note"
        return Finding(level, what, f"answers; it has no {log.safe(about)}")  # type: ignore[arg-type]
    return Finding("wrong", what, f"answers, but {log.safe(about)}: {log.safe(answer.problem)}")


def _watched(one: WatchSettings, ledger: SqlLedger) -> Finding:
    what = f"watch {one.kind}"
    taken = last_taken(ledger.database, one.kind)
    before = f"last taken {_at(taken[0])} with {taken[1]} rows" if taken is not None else "never taken yet"
    try:
        rows = usable(one.kind, one.file)
    except ImportFailed as error:
        return Finding("wrong", what, f"{log.safe(error)}; {before}")
    return Finding("ok", what, f"{one.file} holds {rows} rows; {before}")


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "nobody knows when"
