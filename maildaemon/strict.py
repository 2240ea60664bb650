"""Strict validation of what an operator writes: what is wrong is told in one line, with its file and key."""

import tomllib
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class PlaybookError(Exception):
    """A file of the playbook cannot be used. ``str()`` is one line: file, key, what was expected."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def explain(error: ValidationError) -> str:
    """The first thing that is wrong, as "key: what was expected" in one line."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"] if part != "[key]") or "(the file)"
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message[0].lower()}{message[1:]}"


def toml(text: str, where: str) -> dict[str, Any]:
    """Raises PlaybookError naming the file when the text is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlaybookError(f"{where}: not TOML: {error}") from None
