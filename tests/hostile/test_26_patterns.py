"""Attack 26: a text that makes a pattern try everything. Every pattern of the code takes linear time."""

import gc
import importlib
import itertools
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import maildaemon

PACKAGE = Path(maildaemon.__file__).parent
FILLERS = ("a", " ", "\t", "1", "-", ":", "a ", "1,")
ENDS = ("", "!")
LENGTH, SECONDS = 10_000, 0.1
METHODS = ("search", "match", "fullmatch", "finditer")
_SAME = {"findall": "finditer", "sub": "finditer", "subn": "finditer", "split": "finditer"}
SHORT = {
    "_LAST": 200,
}
"""Those that are only ever given so many characters, the end of a line."""


def test_26_every_pattern_takes_linear_time():
    """On ten thousand of each filler, by the methods that the code calls. CPU time is counted, and what seems slow is
    measured again: the caches may have been another process's."""
    found = list(patterns())
    assert [said for name, pattern, methods in found for said in _slow(name, pattern, methods)] == []
    assert len(found) > 150


def _slow(name: str, pattern: re.Pattern, methods: tuple[str, ...]) -> Iterator[str]:
    for filler, end, method in itertools.product(FILLERS, ENDS, methods):
        text = (filler * LENGTH)[: SHORT.get(name, LENGTH)] + end
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        if all(_seconds(pattern, method, given) > SECONDS for _ in range(3)):
            yield f"{name} {pattern.pattern[:80]!r}: {method} on {filler!r}…{end!r}"


def _seconds(pattern: re.Pattern, method: str, given) -> float:
    before = time.process_time()
    got = getattr(pattern, method)(given)
    if method == "finditer":
        for _ in got:
            pass
    return time.process_time() - before


def patterns() -> Iterator[tuple[str, re.Pattern, tuple[str, ...]]]:
    """Each compiled when all modules are loaded, with the name that it goes by and the methods that are called on that
    name anywhere; all methods where that cannot be told."""
    for found in pkgutil.walk_packages([str(PACKAGE)], "maildaemon."):
        if not found.name.endswith("__main__") and "migrations" not in found.name:
            importlib.import_module(found.name)
    sources = {
        f"maildaemon.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}": path.read_text()
        for path in PACKAGE.rglob("*.py")
    }
    everything = "\n".join(sources.values())
    seen = set()
    for module, name, pattern in [*_named(), *_others(everything)]:
        if (name, pattern.pattern) not in seen:
            seen.add((name, pattern.pattern))
            source = sources.get(module, everything) if name.startswith("_") else everything
            called = set(re.findall(rf"\b{re.escape(name)}\.(\w+)", source)) if name else set()
            methods = {_SAME.get(method, method) for method in called} & set(METHODS)
            yield name, pattern, tuple(sorted(methods)) or METHODS


def _named() -> Iterator[tuple[str, str, re.Pattern]]:
    for module, held in [(name, vars(module)) for name, module in sys.modules.items() if name.startswith("maildaemon")]:
        for name, value in held.items():
            if isinstance(value, re.Pattern):
                yield module, name, value
            else:
                yield from ((module, "", each) for each in _within(value, 3))


def _within(value: object, depth: int) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for each in value.values():
            yield from _within(each, depth - 1)
    elif depth and isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from _within(each, depth - 1)


def _others(source: str) -> Iterator[tuple[str, str, re.Pattern]]:
    """Those that stand elsewhere than in a module or its tables, found by the texts that are compiled."""
    texts = set(re.findall(r're\.compile\(\s*r?b?"((?:[^"\\]|\\.)*)"', source))
    named = {id(pattern) for _, _, pattern in _named()}
    for each in gc.get_objects():
        if isinstance(each, re.Pattern) and each.pattern in texts and id(each) not in named:
            yield "", "", each
