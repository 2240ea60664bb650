"""Playbooks from disk: the operator's folders or the shipped ones, plugins loaded by path."""

import hashlib
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from maildaemon.checks import VOCABULARY
from maildaemon.deck import Check, Deck, deck
from maildaemon.matrix import PLAIN, Matrix, matrix
from maildaemon.model import Source
from maildaemon.playbook import GENERAL, Playbook, Profile, profile
from maildaemon.reach import reached
from maildaemon.reply.layouts import Layouts
from maildaemon.reply.sample import tried
from maildaemon.reply.texts import all_texts, texts
from maildaemon.shipping import Shipping, shipping
from maildaemon.strict import PlaybookError

PACKAGE = Path(__file__).resolve().parent.parent
DECK = "orders"
SHIPPING, MATRIX = "shipping.toml", "matrix.toml"
CASES, TEXTS = "tests", "texts"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The playbook's files as they were read, by path: what a reading child gets, so that it reads mail by the very
    playbook that the daemon judges by, whatever has been edited since."""

    parsers: Mapping[str, str]
    rules: Mapping[str, str]
    templates: Mapping[str, str] = field(default_factory=dict)
    """The operator's own layouts and words; ours are part of the program."""

    @property
    def digest(self) -> str:
        hasher = hashlib.sha256()
        for files in (self.parsers, self.rules, self.templates):
            for path, text in sorted(files.items(), key=lambda item: Path(item[0]).name):
                hasher.update(f"{Path(path).name}\0{len(text)}\0{text}\0".encode())
        return hasher.hexdigest()


def shipped(folder: str) -> Path:
    """Where the shipped ``parsers`` or ``rules`` lie: inside the wheel, or in the checkout that is run from source."""
    inside = PACKAGE / "_playbook" / folder
    return inside if inside.is_dir() else PACKAGE.parent / folder


def load(parsers: Path | None = None, rules: Path | None = None) -> Playbook:
    """Read and validate the whole playbook; None means the shipped folder. Raises PlaybookError."""
    return build(gather(parsers, rules))


def gather(parsers: Path | None = None, rules: Path | None = None, templates: Path | None = None) -> Bundle:
    """The files of the folders. Raises PlaybookError for what cannot be read or may be written by others."""
    own = _own_layouts(templates) if templates is not None else {}
    return Bundle(_files(parsers, "parsers"), _files(rules, "rules"), own)


def again(bundle: Bundle, parsers: Path | None, rules: Path | None, templates: Path | None) -> Bundle:
    """The operator's own folders as they are now. What was shipped stays as it was read: an upgrade that lays other
    files under a running program does not change what it judges by. Raises PlaybookError."""
    return Bundle(
        _files(parsers, "parsers") if parsers is not None else bundle.parsers,
        _files(rules, "rules") if rules is not None else bundle.rules,
        _own_layouts(templates) if templates is not None else {},
    )


def build(bundle: Bundle) -> Playbook:
    """Validate the files and run the plugins. Raises PlaybookError."""
    profiles = _profiles(bundle)
    decks = {name: _deck(name, path, bundle.rules) for name, path in sorted(_decks(bundle.rules).items())}
    if DECK not in decks:
        raise PlaybookError(f"rules/{DECK}.toml: missing; expected the deck that judges orders")
    rows = _matrix(bundle, frozenset(decks), {one.name: one.sources for one in (GENERAL, *profiles)})
    for found in decks.values():
        reached(found, [row.required for row in rows.row if row.deck == found.name])
    return Playbook(profiles, decks.pop(DECK), bundle.digest, _shipping(bundle), rows, decks)


def case_files(rules: Path | None = None) -> dict[str, str]:
    """The cases that lie beside the decks, by path. Raises PlaybookError for what cannot be read."""
    folder = (rules or shipped("rules")) / CASES
    return {str(path): _text(path) for path in sorted(folder.glob("*.toml"))} if folder.is_dir() else {}


def layouts(bundle: Bundle) -> Layouts:
    """How acknowledgements look and what they say, the operator's own before ours. Raises PlaybookError."""
    words = dict(all_texts())
    own: dict[str, tuple[str, str]] = {}
    for path, text in bundle.templates.items():
        if Path(path).parent.name == TEXTS:
            language = Path(path).stem
            under = words[language].model_dump() if language in words else None
            words[language] = texts(text, path, under)
        else:
            own[Path(path).name] = (path, text)
    return tried(Layouts(own, words))


def for_reading(bundle: Bundle) -> Playbook:
    """The profiles alone: whoever reads judges nothing. Raises PlaybookError."""
    return Playbook(_profiles(bundle), Deck(DECK, ()), bundle.digest)


def _profiles(bundle: Bundle) -> tuple[Profile, ...]:
    profiles = tuple(
        _profile(Path(path), text, bundle.parsers)
        for path, text in sorted(bundle.parsers.items())
        if path.endswith(".toml")
    )
    names = {found.name for found in profiles}
    for path in bundle.parsers:
        if path.endswith(".py") and Path(path).stem not in names:
            raise PlaybookError(f"{path}: expected {Path(path).stem}.toml beside it")
    return profiles


def _decks(files: Mapping[str, str]) -> dict[str, str]:
    """The path of each deck, by its name."""
    return {
        Path(path).stem: path for path in files if path.endswith(".toml") and Path(path).name not in {SHIPPING, MATRIX}
    }


def _deck(name: str, path: str, files: Mapping[str, str]) -> Deck:
    vocabulary: dict[str, Check] = dict(VOCABULARY)
    code = str(Path(path).with_suffix(".py"))
    if code in files:
        vocabulary |= _checks(code, files[code])
    return deck(name, files[path], path, vocabulary)


def _matrix(bundle: Bundle, decks: frozenset[str], profiles: Mapping[str, frozenset[Source]]) -> Matrix:
    found = [path for path in bundle.rules if Path(path).name == MATRIX]
    if not found and len(decks) > 1:
        raise PlaybookError(f"rules/{MATRIX}: missing; expected it to say which deck judges which orders")
    return matrix(bundle.rules[found[0]], found[0], decks, profiles) if found else PLAIN


def _shipping(bundle: Bundle) -> Shipping | None:
    found = [path for path in bundle.rules if Path(path).name == SHIPPING]
    return shipping(bundle.rules[found[0]], found[0]) if found else None


def _files(own: Path | None, name: str) -> dict[str, str]:
    folder = own or shipped(name)
    if not folder.is_dir():
        raise PlaybookError(f"{folder}: not a folder; expected the playbook's files in it")
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".toml", ".py"} or path.name.startswith("."):
            continue
        # What others may write is not followed: whoever can change it could answer our clients' orders. The shipped
        # ones are as safe as the program beside them, whatever the umask of the checkout was.
        forbidden = stat.S_IWGRP | stat.S_IWOTH if path.suffix == ".py" else stat.S_IWOTH
        if own is not None and path.stat().st_mode & forbidden:
            raise PlaybookError(f"{path}: others may write it; expected chmod go-w")
        found[str(path)] = _text(path)
    return found


def _own_layouts(folder: Path) -> dict[str, str]:
    """The templates of the operator's folder, and the words in the folder ``texts`` in it."""
    if not folder.is_dir():
        raise PlaybookError(f"{folder}: not a folder; expected templates in it")
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()] + sorted((folder / TEXTS).glob("*.toml"))
    found = [path for path in paths if not path.name.startswith(".") and not path.name.endswith("~")]
    for path in found:
        if path.stat().st_mode & stat.S_IWOTH:
            raise PlaybookError(f"{path}: others may write it; expected chmod go-w")
    return {str(path): _text(path) for path in found}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"{path}: cannot be read: {error}") from None


def _profile(path: Path, text: str, files: Mapping[str, str]) -> Profile:
    code = str(path.with_suffix(".py"))
    if code not in files:
        return profile(path.stem, text, str(path))
    function = getattr(_module(code, files[code]), "orders", None)
    if not callable(function):
        raise PlaybookError(f"{code}: orders: missing; expected a function orders(mail, documents)")
    return profile(path.stem, text, str(path), function)


def _checks(code: str, text: str) -> Mapping[str, Check]:
    found = getattr(_module(code, text), "CHECKS", None)
    if not isinstance(found, dict) or not all(callable(check) for check in found.values()):
        raise PlaybookError(f"{code}: CHECKS: missing; expected a dict of check names and functions")
    return found


def _module(path: str, text: str) -> ModuleType:
    module = ModuleType(f"maildaemon_playbook_{Path(path).parent.name}_{Path(path).stem}".replace("-", "_"))
    module.__file__ = path
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up by its name
    try:
        exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102  (that is what a plugin is)
    except Exception as error:
        raise PlaybookError(f"{path}: {type(error).__name__}: {error}") from None
    return module
