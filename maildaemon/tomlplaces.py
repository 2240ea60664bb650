"""Where in a TOML text a key stands: tomllib reads the values and forgets their lines."""

import re
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]
"""Keys, and numbers from 0 for the tables of an array: ``("rule", 2, "field")``."""

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_NAMES = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_NAMES})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_NAMES})[ \t]*=")
_ONE = re.compile(_PART)
_TOKEN = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|[#\[\]{}]')


def lines(text: str) -> Mapping[Path, int]:
    """The line of each table and key, from 1. The text is sound TOML; of what stands in an inline table or a list, the
    line of its key is that of the whole."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _logical(text):
        if (header := _HEADER.match(line)) is not None:
            table = _within(_names(header[2]), counts, new=header[1] == "[[")
            found.setdefault(table, number)
        elif (key := _KEY.match(line)) is not None:
            found.setdefault((*table, *_names(key[1])), number)
    return found


def line_of(places: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of the path, else of the nearest thing that it stands in, else 1."""
    for end in range(len(path), 0, -1):
        if (number := places.get(tuple(path[:end]))) is not None:
            return number
    return 1


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _ONE.findall(text))


def _within(names: tuple[str, ...], counts: dict[Path, int], *, new: bool) -> Path:
    """The path of a header's table: each array of tables on the way stands for its latest one."""
    path: Path = ()
    for depth, name in enumerate(names, 1):
        path = (*path, name)
        if new and depth == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Each line that begins a statement, with its number: not those inside a text or a list of several lines."""
    opened, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not opened and not depth:
            yield number, line
            if _HEADER.match(line):
                continue
        opened, depth = _after(line, opened, depth)


def _after(line: str, opened: str, depth: int) -> tuple[str, int]:
    """Which long text, and how many brackets, are open behind the line."""
    at = 0
    while True:
        if opened:
            end = line.find(opened, at)
            if end < 0:
                return opened, depth
            at, opened = end + 3, ""
        token = _TOKEN.search(line, at)
        if token is None or token[0] == "#":
            return "", depth
        at = token.end()
        if token[0] in {'"""', "'''"}:
            opened = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
