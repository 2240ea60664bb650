"""Strict validation of what an operator writes: what is wrong is told in one line, with its file, line and key."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from maildaemon import tomlplaces

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class PlaybookError(Exception):
    """A file of the playbook cannot be used. ``str()`` is one line: ``file:line: key: what was expected``."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


@dataclass(frozen=True)
class File:
    """An operator's file as it was read. ``where`` is its path."""

    where: str
    text: str

    @cached_property
    def places(self) -> Mapping[tuple[str | int, ...], int]:
        return tomlplaces.lines(self.text)

    def line(self, *path: str | int) -> int:
        """The line of a key, from 1."""
        return tomlplaces.line_of(self.places, path)

    def error(self, message: str, *path: str | int) -> PlaybookError:
        """What to raise: the file, the line of the path, and what is wrong there."""
        return PlaybookError(f"{self.where}:{self.line(*path)}: {message}")

    def invalid(self, error: ValidationError) -> PlaybookError:
        """What to raise for the first thing that the form does not allow."""
        path = [part for part in error.errors()[0]["loc"] if part != "[key]"]
        return self.error(explain(error), *path)

    def toml(self) -> dict[str, Any]:
        """Raises PlaybookError when the text is no TOML."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            said = _AT_LINE.search(str(error))
            number = int(said[1]) if said else self.text.count("\n") + 1
            raise PlaybookError(f"{self.where}:{number}: not TOML: {error}") from None


def explain(error: ValidationError) -> str:
    """The first thing that is wrong, as "key: what was expected" in one line."""
    first = error.errors()[0]
    key = _dotted(first["loc"]) or "(the file)"
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message[0].lower()}{message[1:]}"


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path if part != "[key]")
