"""The layouts of an acknowledgement: a template per channel, language and part, the operator's own before ours."""

import re
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from maildaemon.reply.texts import Texts, all_texts, choose_of
from maildaemon.strict import PlaybookError

FOLDER = Path(__file__).parent / "templates"
CHANNELS = ("mail", "branded", "short")
PARTS = ("txt", "html")
NAME = re.compile(rf"(?:{'|'.join(CHANNELS)})(?:\.[a-z]{{2}})?\.(?:txt|html)|_[a-z0-9-]+\.(?:txt|html)")
"""``branded.html``, ``branded.de.html``; ``_footer.html`` is a piece that others include."""
SHARED = frozenset(
    {"language", "opening", "receipt", "subject", "orders", "checking", "company", "contact", "image", "customer"}
)
NO_WORDS = frozenset({"units", "months"})


class Layouts:
    """Compiled when they are wanted, from several threads. ``own``: the operator's templates, by name, each with its
    path and text; ``texts``: the words, by language."""

    def __init__(
        self, own: Mapping[str, tuple[str, str]] | None = None, texts: Mapping[str, Texts] | None = None
    ) -> None:
        self.own = dict(own or {})
        self.texts = dict(texts or all_texts())
        self._fixed = {language: fixed(language, words) for language, words in self.texts.items()}
        self._of: dict[tuple[str, str], tuple[Template, Template]] = {}

    def choose(self, *wishes: str | None) -> tuple[str, Texts]:
        """The first language that we write, English when there is none."""
        return choose_of(self.texts, *wishes)

    def fixed(self, language: str) -> dict[str, Any]:
        """What the templates say in every message of that language, under the names they use."""
        return self._fixed[language]

    def of(self, channel: str, language: str) -> tuple[Template, Template]:
        """Text and HTML. What a channel of another name once was is a plain mail now."""
        key = (channel if channel in CHANNELS else "mail", language)
        if key not in self._of:
            text, html = (self._found(*key, part) for part in PARTS)
            self._of[key] = (text, html)
        return self._of[key]

    def name(self, channel: str, language: str, part: str) -> str:
        """Of the template that counts: the language's before the common one, the operator's own before ours."""
        wanted = (f"{channel}.{language}.{part}", f"{channel}.{part}")
        return next((name for name in wanted if name in self.own), wanted[1])

    def _found(self, channel: str, language: str, part: str) -> Template:
        return self.environments[part].get_template(self.name(channel, language, part))

    @cached_property
    def environments(self) -> Mapping[str, ImmutableSandboxedEnvironment]:
        """The text is no HTML: there is nothing to escape in it, every value is one line of printable characters."""
        return {part: self._environment(autoescape=part == "html") for part in PARTS}

    def _environment(self, *, autoescape: bool) -> ImmutableSandboxedEnvironment:
        """Nothing that runs in it may change what it is given."""
        return ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._source),
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def _source(self, name: str) -> tuple[str, str, None] | None:
        if name in self.own:
            path, text = self.own[name]
            return text, path, None
        return (_shipped()[name], name, None) if name in _shipped() else None


@cache
def shipped() -> Layouts:
    return Layouts()


@cache
def _shipped() -> Mapping[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(FOLDER.iterdir()) if path.suffix in {".txt", ".html"}}


def fixed(language: str, words: Texts) -> dict[str, Any]:
    said = words.model_dump(exclude=set(NO_WORDS)).items()
    return {"language": language} | {f"t_{name}": value for name, value in said if isinstance(value, str)}


# --- what an operator's template must be ------------------------------------------------------------------------------


def check(layouts: Layouts) -> None:
    """Every own template is one that is used, parses, names what there is, and leaves escaping alone. Raises
    PlaybookError with file and line."""
    known = SHARED | set(layouts.fixed("en"))
    for name, (path, text) in layouts.own.items():
        if not NAME.fullmatch(name):
            wanted = f"{', '.join(f'{channel}.html' for channel in CHANNELS)}, with .txt or .de.html too, or _part.html"
            raise PlaybookError(f"{path}: no template has this name; expected {wanted}")
        environment = layouts.environments[name.rpartition(".")[2]]
        try:
            tree = environment.parse(text, name, path)
            environment.compile(tree, name, path)
        except TemplateSyntaxError as error:
            raise PlaybookError(f"{path}:{error.lineno}: {error.message}") from None
        _names(tree, path, known, partial=name.startswith("_"))
        _escapes(tree, path)
        for other in meta.find_referenced_templates(tree):
            if other is None or (other not in layouts.own and other not in _shipped()):
                raise PlaybookError(f"{path}:{_line_of_include(tree)}: there is no template {other or 'of that name'}")


def _names(tree: nodes.Template, path: str, known: frozenset[str] | set[str], *, partial: bool) -> None:
    unknown = meta.find_undeclared_variables(tree) - known
    if unknown and not partial:  # what a piece is given, its includer knows: that is tried
        first = min((one for one in tree.find_all(nodes.Name) if one.name in unknown), key=lambda one: one.lineno)
        there = ", ".join(sorted(SHARED))
        raise PlaybookError(
            f"{path}:{first.lineno}: unknown name {first.name}; there are {there}, and words as t_total"
        )


def _escapes(tree: nodes.Template, path: str) -> None:
    for found in tree.find_all((nodes.Filter, nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
        if not isinstance(found, nodes.Filter) or found.name in {"safe", "forceescape"}:
            what = "safe" if isinstance(found, nodes.Filter) else "autoescape"
            raise PlaybookError(f"{path}:{found.lineno}: {what}: what a client wrote is always escaped; leave it out")


def _line_of_include(tree: nodes.Template) -> int:
    found = tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport))
    return min((one.lineno for one in found), default=1)


def failure(error: Exception, layouts: Layouts, name: str) -> PlaybookError:
    """What to raise for a template that fails where it is tried: the line is that of the template's own last step."""
    paths = {path: 1 for path, _ in layouts.own.values()}
    where = layouts.own[name][0] if name in layouts.own else name
    line, step = 1, error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file in paths:
            where, line = file, step.tb_lineno
        step = step.tb_next
    if isinstance(error, TemplateNotFound):
        return PlaybookError(f"{where}:{line}: there is no template {error.name}")
    said = " ".join(str(error).split())[:200]
    kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
    return PlaybookError(f"{where}:{line}: {kind}{said}")
