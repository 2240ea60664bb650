"""Which lines of a text are the writer's own, quoted, forwarded, a signature. Nothing is deleted: a zone scores a text.

One pass over the lines, each looked at with patterns that are anchored and bounded: the time is linear in the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildaemon.model import Zone

_BLOCK_LINES = 8
_SIGNATURE_LINES = 20
_LOOK = 300

# Gmail, Apple Mail, Thunderbird, Notes. Dashes around the words are dropped before the comparison.
_FORWARDED = re.compile(
    r"(?:begin forwarded message|forwarded message|forwarded by .{1,80}|start of forwarded message"
    r"|anfang der weitergeleiteten (?:nachricht|e-mail)|weitergeleitete nachricht|weitergeleitet von .{1,80}"
    r"|début du message (?:réexpédié|transféré)|message (?:transféré|réexpédié)|message transmis"
    r"|inicio del mensaje reenviado|mensaje reenviado"
    r"|inizio(?: del)? messaggio inoltrato|messaggio inoltrato"
    r"|begin doorgestuurd bericht|doorgestuurd bericht)[ \u00a0]?:?"
)
_ORIGINAL = re.compile(
    r"(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|message d['’]origine"
    r"|message original|mensaje original|messaggio originale|oorspronkelijk bericht)[ \u00a0]?:?"
)
_DASHES = " \t\u00a0-_*=—–"

# The labels of a header block that mail programs write above a quoted or forwarded message.
_FROM = "from|von|de|da|van|expéditeur|mittente|absender|afzender"
_SENT = "sent|gesendet|envoyé|enviado(?: el)?|inviato|verzonden"
_DATE = "date|datum|fecha|data"
_TO = "to|an|à|a|para|aan|cc|kopie|copia"
_SUBJECT = "subject|betreff|objet|asunto|oggetto|onderwerp"
_LABEL = re.compile(
    rf"[ \t>*_]{{0,6}}(?:(?P<from>{_FROM})|(?P<sent>{_SENT})|(?P<date>{_DATE})|(?P<to>{_TO})|(?P<subject>{_SUBJECT}))"
    r"[ \t\u00a0*_]{0,4}(?::|\|)[ \t\u00a0*_]{0,4}(?P<value>.{0,300})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'&/=-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")

# "On Mon, 3 Nov 2026 at 10:11, Jo <jo@x.example> wrote:" and its like, perhaps wrapped over three lines.
_INTRO_START = re.compile(
    r"[ \t]{0,3}(?:on|am|le|el|il|op|den|at|in data|il giorno|em|20\d\d-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b",
    re.IGNORECASE,
)
_INTRO_END = re.compile(
    r"(?:wrote|writes|schrieb(?: [^:]{0,120})?|geschrieben|a écrit|escribió|ha scritto|scrisse"
    r"|schreef(?: [^:]{0,120})?|escreveu)"
    r"[ \t\u00a0]{0,3}:[ \t]{0,3}$",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:sent from my |von meinem .{1,40} gesendet|gesendet mit |envoyé de mon |enviado desde mi |inviato da(?:l mio)? "
    r"|verzonden (?:vanaf|met) )",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Zoned:
    """The zone of each line, and the sender that the first forwarded text claims for itself."""

    zones: list[Zone]
    author: str | None = None


@dataclass(slots=True)
class _Block:
    """A header block: the lines it covers, its From address, whether no order form could look like it."""

    end: int
    author: str | None
    certain: bool


def zoned(lines: Sequence[str], hints: Sequence[Zone] | None = None, subject: str = "") -> Zoned:
    """``hints`` are what an HTML structure says (QUOTE for a cited element, HIDDEN); the subject tells a forward from a
    reply where the programs write the same block above both."""
    return _Scan(lines, hints or [Zone.TOP] * len(lines), subject).run()


_REPLY = re.compile(r"(?:re|aw|sv|antw|rif|ref|odp|antwort|réf?)(?:\[\d{1,3}\])?[ \t]?:", re.IGNORECASE)
_FORWARD = re.compile(r"(?:fwd?|wg|tr|rv|i|enc|vs|doorst|wtr|inoltro|reenv)[ \t]?:", re.IGNORECASE)


def is_marker(text: str) -> bool:
    """The line that a mail program sets above a forwarded or quoted message, and no words of the writer's."""
    bare = text[:_LOOK].strip(_DASHES).lower()
    return _FORWARDED.fullmatch(bare) is not None or _ORIGINAL.fullmatch(bare) is not None


def is_reply(subject: str) -> bool:
    return _REPLY.match(subject.lstrip()) is not None


def is_forward(subject: str) -> bool:
    return _FORWARD.match(subject.lstrip()) is not None


def address_in(text: str) -> str | None:
    """The first mail address in a line, its domain in lower case."""
    found = _ADDRESS.search(text[:_LOOK])
    if found is None:
        return None
    local, _, domain = found[0].rpartition("@")
    return f"{local}@{domain.lower()}"


class _Scan:
    def __init__(self, lines: Sequence[str], hints: Sequence[Zone], subject: str) -> None:
        self.lines, self.hints = lines, hints
        self.forwarded, self.replied = is_forward(subject), is_reply(subject)
        self.zone = Zone.TOP
        self.found = Zoned([])
        self.content = False  # has the current zone any text of its own
        self.last_marker = -10

    def run(self) -> Zoned:
        number = 0
        while number < len(self.lines):
            number = self._line(number)
        return self.found

    def _line(self, number: int) -> int:
        """Zone one line, or a block of them. Returns the number of the next."""
        text, hint = self.lines[number], self.hints[number]
        if hint is Zone.HIDDEN:
            return self._put(hint, number + 1)
        stripped = text.strip(" \t\u00a0>")
        if not stripped:
            return self._put(self.zone if hint is Zone.TOP or self.zone is Zone.FORWARD else hint, number + 1)
        mark = self._marker(stripped)
        if mark:
            return self._marked(mark, number)
        if stripped[0] in "*_fFvVdDeEmMaA" and (block := self._block(number)):
            return self._blocked(block, number)
        if self.zone is not Zone.FORWARD and (end := self._intro(number)):
            return self._introduced(number, end)
        if hint is Zone.QUOTE or text.lstrip(" \t")[:1] == ">":
            return self._put(Zone.FORWARD if self.zone is Zone.FORWARD else Zone.QUOTE, number + 1)
        if text in {"-- ", "--"} and self.zone is not Zone.QUOTE and self._short_below(number):
            self.zone = Zone.SIGNATURE
        if _DEVICE.match(stripped) and len(stripped) < 80:
            return self._put(Zone.SIGNATURE, number + 1)
        self.content = True
        return self._put(self.zone, number + 1)

    def _put(self, zone: Zone, end: int) -> int:
        self.found.zones.extend([zone] * (end - len(self.found.zones)))
        return end

    def _marker(self, stripped: str) -> str | None:
        if len(stripped) > 120:
            return None
        words = stripped.strip(_DASHES).lower()
        dashed = stripped[0] in "-_*=—–"
        if _FORWARDED.fullmatch(words) and (dashed or words.endswith(":")):
            return "forward"
        if dashed and _ORIGINAL.fullmatch(words):
            return "original"
        return None

    def _marked(self, mark: str, number: int) -> int:
        quoted = mark == "original" and (self.replied or (not self.forwarded and self.content))
        if self.zone is Zone.QUOTE or (self.zone is Zone.FORWARD and self.content and mark == "original"):
            quoted = True
        self.zone = Zone.QUOTE if quoted else Zone.FORWARD
        self.content = False
        self.last_marker = number
        return self._put(self.zone, number + 1)

    def _block(self, number: int) -> _Block | None:
        """From, and at least two of Sent, Date, To, Subject in the lines below. An order form that says From, To and
        Date of its own looks alike; a Sent line, an address behind From or a marker above make it a mail's."""
        first = _LABEL.match(self.lines[number][:_LOOK])
        if first is None or not first["from"]:
            return None
        seen, end, author = set[str](), number + 1, address_in(first["value"])
        for at in range(number + 1, min(number + _BLOCK_LINES, len(self.lines))):
            line = self.lines[at][:_LOOK]
            found = _LABEL.match(line)
            if found is None:
                if line.strip(" \t>"):
                    # A long recipient list is wrapped; anything else ends the block.
                    if seen and "@" in line:
                        end = at + 1
                        continue
                    break
                if seen:
                    break
                continue
            seen.add(next(key for key in ("from", "sent", "date", "to", "subject") if found[key]))
            end = at + 1
        if len(seen - {"from"}) < 2:
            return None
        near = number - self.last_marker <= 3
        certain = near or "sent" in seen
        if not certain and not (author and "subject" in seen and (self.forwarded or self.replied)):
            return None
        return _Block(end, author, certain)

    def _blocked(self, block: _Block, number: int) -> int:
        below_marker = number - self.last_marker <= 3
        if self.zone is Zone.FORWARD and (below_marker or not self.content):
            self.found.author = block.author or self.found.author
        elif self.zone in {Zone.QUOTE, Zone.FORWARD} or self.replied or (self.content and not self.forwarded):
            self.zone = Zone.QUOTE
        else:
            self.zone = Zone.FORWARD
            self.found.author = self.found.author or block.author
        self.content = False
        return self._put(self.zone, block.end)

    def _intro(self, number: int) -> int:
        """The number behind a "somebody wrote:" of at most three lines, 0 when there is none."""
        if not _INTRO_START.match(self.lines[number][:40].lstrip(" >")):
            return 0
        joined = ""
        for at in range(number, min(number + 3, len(self.lines))):
            joined = f"{joined} {self.lines[at][:_LOOK].strip(' >')}".rstrip()
            if joined.endswith(":"):
                digits = any(char.isdigit() for char in joined)
                return at + 1 if digits and _INTRO_END.search(joined[-140:]) else 0
        return 0

    def _introduced(self, number: int, end: int) -> int:
        below = end
        while below < len(self.lines) and not self.lines[below].strip():
            below += 1
        marked = below < len(self.lines) and (self.lines[below].lstrip()[:1] == ">" or self.hints[below] is Zone.QUOTE)
        self._put(Zone.QUOTE, end)
        if not marked and self.hints[number] is not Zone.QUOTE:
            self.zone = Zone.QUOTE
        return end

    def _short_below(self, number: int) -> bool:
        """A signature is short. What is long below two dashes is an order below a ruler."""
        count = 0
        for at in range(number + 1, len(self.lines)):
            stripped = self.lines[at].strip(" \t\u00a0>")
            if stripped and self._marker(stripped):
                return True
            count += bool(stripped)
            if count > _SIGNATURE_LINES:
                return False
        return True
