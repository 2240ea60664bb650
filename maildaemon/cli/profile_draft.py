"""`maildaemon profile draft`: sample files → a profile and its golden files, written for a person to read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maildaemon import domains, golden
from maildaemon.cli.base import FAILED, end
from maildaemon.cli.sources import Sources, read
from maildaemon.cli.trying import file_bytes
from maildaemon.desk import ReadFailure
from maildaemon.drafting import CannotDraft, Draft, Sample, settled
from maildaemon.drafting.wrapped import wrapped
from maildaemon.edge import samples as store
from maildaemon.model import Reading, Source
from maildaemon.read import looks_like_mail

MOST = 50
NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,60}[a-z0-9])?")
_ODD = re.compile(r"[^A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Drafted:
    """``written`` are the files, the profile first; ``also`` the other profiles that claim a sample, with its name."""

    name: str
    draft: Draft
    written: tuple[Path, ...]
    also: tuple[tuple[str, str], ...]


def draft(
    files: Sequence[Path], name: str | None, sender: str | None, source: Source | None, where: Sources, *, force: bool
) -> Drafted:
    """Ends the command in one line when no profile can be proposed, or when something would be overwritten."""
    if len(files) > MOST:
        end(FAILED, f"{len(files)} files: expected at most {MOST} samples; two or three are enough")
    mails = _mails(files, sender)
    found = _read(where, mails)
    name = name or _name(found)
    if not NAME.fullmatch(name) or name == "general":
        end(FAILED, f"{name}: expected a name of small letters, digits and hyphens, such as acme")
    folder = store.folder(where.folder, name)
    profile = where.folder / f"{name}.toml"
    golden_mails = [folder / file for file, _ in mails]
    written = (profile, *(path for mail in golden_mails for path in (mail, store.expected_file(mail))))
    taken = next((path for path in written if path.exists()), None)
    if taken is not None and not force:
        end(FAILED, f"{taken}: is there already; expected another --name, or --force to overwrite it")
    given = [Sample(file, reading) for (file, _), reading in zip(mails, found, strict=True)]
    try:
        made, readings = settled(name, given, lambda text: _read(where, mails, text, name), source)
    except CannotDraft as error:
        end(FAILED, str(error))
    content = [(profile, made.text.encode())]
    for mail, (_, data), reading in zip(golden_mails, mails, readings, strict=True):
        content += [(mail, data), (store.expected_file(mail), golden.text(reading.orders).encode())]
    store.write([*content[1:], content[0]], private=(folder,) if folder.suffix == ".samples" else ())
    return Drafted(name, made, written, tuple(_also(where, name, given)))


def _mails(files: Sequence[Path], sender: str | None) -> list[tuple[str, bytes]]:
    """Name and bytes of each sample; a bare document is made into a mail that carries it."""
    found: dict[str, bytes] = {}
    bare = False
    for path in files:
        data = file_bytes(path)
        if isinstance(data, str):
            end(FAILED, f"{path}: {data}")
        if not looks_like_mail(data):
            bare = True
            try:
                data = wrapped(path.name, data, sender)
            except ValueError as error:
                end(FAILED, f"--from {error}")
        stem = _ODD.sub("-", path.stem).strip("-.")[:80] or "sample"
        count = next(n for n in range(1, MOST + 2) if _numbered(stem, n) not in found)
        found[_numbered(stem, count)] = data
    if sender is not None and not bare:
        end(
            FAILED,
            "--from says who sends bare documents; expected one among the files, the mails name their own sender",
        )
    return list(found.items())


def _numbered(stem: str, count: int) -> str:
    return f"{stem}.eml" if count == 1 else f"{stem}-{count}.eml"


def _read(where: Sources, mails: Sequence[tuple[str, bytes]], text: str | None = None, name: str = "") -> list[Reading]:
    found: list[Reading] = []
    for (file, _), reading in zip(mails, read(where.alone(text, name), mails), strict=True):
        if isinstance(reading, ReadFailure):
            end(FAILED, f"{file}: {reading.reason}")
        found.append(reading)
    return found


def _name(found: Sequence[Reading]) -> str:
    """After the sender's company."""
    domain = next((domains.of(reading.mail.sender) for reading in found if reading.mail.sender), None)
    label = domains.main_label(domain) if domain is not None and not domains.is_open(domain) else ""
    name = _ODD.sub("-", label.lower()).strip("-.")
    if not name:
        end(FAILED, "--name: expected a name for the profile, such as acme: the samples' sender gives none")
    return name


def _also(where: Sources, name: str, samples: Sequence[Sample]) -> list[tuple[str, str]]:
    return [
        (sample.file, profile.name)
        for sample in samples
        for profile in where.playbook.claimed(sample.reading.mail, sample.reading.documents)
        if profile.name != name
    ]
