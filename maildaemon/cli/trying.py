"""The dry run: files through the story up to `decide`, touching nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from maildaemon import identity, reply, signatures
from maildaemon.catalogue import Catalogue
from maildaemon.decide import Earlier, as_seen, asked, decide, reservations
from maildaemon.desk import Answering, ReadFailure, answer_kind
from maildaemon.edge import playbooks
from maildaemon.edge.child import Limits
from maildaemon.edge.children import ChildReader
from maildaemon.edge.importing import read_folder, read_ledger
from maildaemon.edge.keys import Keys
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Decision, Mode, OrderSeen, Reading, Reply
from maildaemon.plan import unreadable, withheld
from maildaemon.playbook import Playbook
from maildaemon.settings import Settings
from maildaemon.signatures import Signature
from maildaemon.stand import Stand
from maildaemon.trust import wants_signatures

BATCH = 20
LARGEST = 25 * 2**20
MESSAGE_ID = "<try@localhost.invalid>"
NOBODY = reply.Identity(name="Your company", address="orders@your-company.example", contact="", language="en")


@dataclass(frozen=True, slots=True)
class Tried:
    file: str
    decision: Decision
    reading: Reading | None
    mode: Mode
    reply: Reply | None


def try_files(files: Sequence[Path], settings: Settings | None, known: Path | None, now: datetime) -> Iterator[Tried]:
    """One answer per file, in order; later ones see the earlier ones' orders. Raises PlaybookError, ImportFailed."""
    from maildaemon.housing import house, identity_of

    folders = (settings.parsers, settings.rules, settings.templates) if settings else (None, None, None)
    bundle = playbooks.gather(*folders)
    playbook = playbooks.build(bundle)
    catalogue = Catalogue(_master_data(settings, known).stamped(now))
    stand = house(settings, settings.mailbox[0], b"").stand if settings else Stand()
    who = replace(identity_of(settings) if settings else NOBODY, layouts=playbooks.layouts(bundle))
    mode = settings.mode if settings else Mode.SHADOW
    reader = ChildReader(bundle, limits=Limits())
    keys = Keys()
    earlier = Earlier()
    try:
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            for path, data, reading in _read(reader, batch):
                content = identity.content(data)[0]
                proofs = _proofs(data, reading, stand, keys)
                yield _tried(path, content, reading, playbook, catalogue, stand, proofs, who, mode, earlier, now)
    finally:
        reader.close()


def _master_data(settings: Settings | None, known: Path | None) -> MasterData:
    """Of the folder, else of the configured ledger, else none."""
    if known is not None:
        return read_folder(known)
    return read_ledger(settings.ledger) if settings is not None else MasterData()


def _read(reader: ChildReader, batch: Sequence[Path]) -> Iterator[tuple[Path, bytes, Reading | ReadFailure]]:
    found: list[tuple[Path, bytes | str]] = [(path, file_bytes(path)) for path in batch]
    readings = iter(reader.read_files([(path.name, data) for path, data in found if isinstance(data, bytes)]))
    for path, data in found:
        if isinstance(data, bytes):
            yield path, data, next(readings)
        else:
            yield path, b"", ReadFailure(data)


def _proofs(data: bytes, reading: Reading | ReadFailure, stand: Stand, keys: Keys) -> tuple[Signature, ...]:
    """What the signatures of a mail prove, where the configuration wants to know it: then the DNS is asked."""
    if isinstance(reading, ReadFailure) or not wants_signatures(reading.mail, stand):
        return ()
    return signatures.proofs(data, keys)


def file_bytes(path: Path) -> bytes | str:
    """The file's bytes, or why there are none."""
    try:
        size = path.stat().st_size
        return path.read_bytes() if size <= LARGEST else f"{size} bytes: too large"
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"


def _tried(
    path: Path,
    content: str,
    reading: Reading | ReadFailure,
    playbook: Playbook,
    catalogue: Catalogue,
    stand: Stand,
    proofs: tuple[Signature, ...],
    who: reply.Identity,
    mode: Mode,
    earlier: Earlier,
    now: datetime,
) -> Tried:
    if isinstance(reading, ReadFailure):
        return Tried(str(path), unreadable(reading.reason), None, mode, None)
    try:
        questions = asked(reading)
        known = tuple(
            earlier.spoken_for(catalogue.look_up(question, earlier.like(question), now)) for question in questions
        )
        decision = decide(reading, known, playbook, stand, content=content, signatures=proofs)
        questions = questions if decision.orders else ()
        answer: Reply | None = None
        if decision.reply:
            try:
                answer = _answer(decision, reading, who, now)
            except reply.CannotAnswer as error:
                decision = withheld(decision, str(error))
    except Exception as error:
        return Tried(str(path), unreadable(f"an error of the program: {type(error).__name__}"), reading, mode, None)
    earlier.reserve(reservations(decision, now))
    shared = OrderSeen("", content, None, None, None, "", now, Action.REVIEW)
    earlier.add(as_seen(decision, questions, shared))
    return Tried(str(path), decision, reading, mode, answer)


def _answer(decision: Decision, reading: Reading, who: reply.Identity, now: datetime) -> Reply:
    if answer_kind(decision) is Answering.REPEAT:
        return reply.already_received(decision, reading.mail, who, now=now, message_id=MESSAGE_ID)
    return reply.acknowledgement(decision, reading.mail, who, now=now, message_id=MESSAGE_ID, token=None)
