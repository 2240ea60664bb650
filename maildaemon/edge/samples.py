"""Sample mails on disk: where a profile's lie, beside each the golden file that says what is read of it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from maildaemon.golden import SUFFIX


def folder(parsers: Path, name: str) -> Path:
    """``tests/mail/NAME`` in a checkout, where the tests look at them; else ``NAME.samples`` beside the profile."""
    tests = parsers.resolve().parent / "tests" / "mail"
    return tests / name if tests.is_dir() else parsers / f"{name}.samples"


def mails(where: Path) -> tuple[Path, ...]:
    return tuple(sorted(where.glob("*.eml"))) if where.is_dir() else ()


def expected_file(mail: Path) -> Path:
    return mail.with_suffix(SUFFIX)


def expected(mail: Path) -> object | None:
    """What the golden file holds, None where there is none. Raises ValueError for one that is no JSON."""
    path = expected_file(mail)
    try:
        return json.loads(path.read_text("utf-8")) if path.exists() else None
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None


def write(files: Sequence[tuple[Path, bytes]], *, private: Sequence[Path] = ()) -> None:
    """Each file whole or not at all. Folders that are made on the way are open to their owner alone when they are
    ``private``: mails lie in them."""
    for path in private:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    for path, data in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        # A profile that others may write is refused by the loader, whatever the umask is.
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
            file.write(data)
        new.replace(path)
