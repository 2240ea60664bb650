"""A profile's TOML as a person finds it written: keys with what each rests on as a comment behind or above it."""

import json
import textwrap
from collections.abc import Sequence

from maildaemon.wording import shown

WIDTH, COMMENT = 118, 220


def string(text: str) -> str:
    """A TOML string of the text without its control characters, whatever else it holds."""
    return json.dumps(shown(text, 2000), ensure_ascii=False)


def regex(pattern: str) -> str:
    """A TOML string of exactly this pattern: literal where it can be, so that a person can read it."""
    return f"'{pattern}'" if "'" not in pattern and pattern.isprintable() else json.dumps(pattern)


def strings(texts: Sequence[str]) -> str:
    """One string, or a list of several."""
    return string(texts[0]) if len(texts) == 1 else f"[{', '.join(map(string, texts))}]"


def listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(string, texts))}]"


def remark(text: str) -> str:
    """A comment of one line, whatever the text holds."""
    return f"# {shown(text, COMMENT)}".rstrip()


def wrapped(text: str) -> list[str]:
    """A comment of as many lines as it needs."""
    return [remark(line) for line in textwrap.wrap(shown(text, 2000), WIDTH - 2)]


def entry(key: str, value: str, why: str = "") -> list[str]:
    """``key = value``, its comment behind it where there is room, else above it."""
    line = f"{key} = {value}"
    if not why:
        return [line]
    behind = f"{line}  {remark(why)}"
    return [behind] if len(behind) <= WIDTH else [remark(why), line]
