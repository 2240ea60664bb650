"""The MIME tree walked: every leaf becomes a Document whatever its label says, messages inside keep apart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from maildaemon.model import Document, Line, Table, Zone
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.content import read_parts
from maildaemon.read.detect import looks_like_mail
from maildaemon.read.head import parse_one
from maildaemon.read.header import file_name, header_text, raw_text, stated_type
from maildaemon.read.prescan import DEPTH, HEADER_LIMIT, HEADERS, Budget, tree
from maildaemon.read.recover import recovered
from maildaemon.read.sniff import sniff
from maildaemon.read.structured import is_structured
from maildaemon.read.transfer import body_of, stored
from maildaemon.read.unreadable import Unreadable
from maildaemon.read.uuencoded import parted

MESSAGES_DEEP = 5
_SMALL_IMAGE = 64 * 1024


@dataclass(slots=True)
class _Names:
    """Counters that name what has no name of its own. Names are for people, but two parts never share one."""

    bodies: int = 0
    forwarded: int = 0
    unnamed: int = 0
    used: set[str] | None = None

    def once(self, name: str) -> str:
        used = self.used = self.used if self.used is not None else set()
        found, number = name, 2
        while found in used:
            found, number = f"{name} ({number})", number + 1
        used.add(found)
        return found


class Walk:
    """One message's parts in order. ``defects`` gathers what is wrong with the body in a way that matters to trust."""

    def __init__(
        self, budget: Budget, subject: str = "", prefix: str = "", depth: int = 0, care: Care = NO_CARE
    ) -> None:
        self.budget, self.subject, self.prefix, self.depth, self.care = budget, subject, prefix, depth, care
        self.names = _Names()
        self.defects: list[str] = []

    def documents(self, message: "Message[str, str]") -> tuple[Document, ...]:
        return tuple(self._part(message, "", 0))

    def _part(self, part: "Message[str, str]", alternative: str, level: int) -> Iterator[Document]:
        if level > DEPTH:
            raise Unreadable(f"the mail is nested more than {DEPTH} deep")
        headers = list(part.raw_items())
        if len(headers) > HEADERS or any(len(str(value)) > HEADER_LIMIT for _, value in headers):
            raise Unreadable("a part of the mail has more or longer headers than any honest one")
        self._note(part)
        kind = stated_type(part)
        if kind in {"message/rfc822", "message/global"}:
            yield from self._message_part(part)
        elif part.get_content_maintype() == "message" and part.is_multipart():
            yield self._report_part(part, kind)
        elif part.is_multipart():
            yield from self._multipart(part, kind, alternative, level)
        elif part.get_content_maintype() == "multipart":
            yield from self._broken(part, level)
        else:
            yield from self._leaf(part, kind, alternative)

    def _note(self, part: "Message[str, str]") -> None:
        """The defects of the standard library that mean that something may be missing or read in two ways."""
        for defect in part.defects:
            name = type(defect).__name__
            if name == "CloseBoundaryNotFoundDefect":
                self._defect("its last MIME boundary is missing: the mail may be cut off")
            elif name in {"NoBoundaryInMultipartDefect", "StartBoundaryNotFoundDefect"}:
                self._defect("its MIME boundary is missing or wrong")
            elif name in {"MisplacedEnvelopeHeaderDefect", "MissingHeaderBodySeparatorDefect"}:
                self._defect("its headers are not parted from its body")
        if len(part.get_all("content-type") or ()) > 1:
            self._defect("a part has several Content-Type headers")

    def _defect(self, text: str) -> None:
        if text not in self.defects:
            self.defects.append(text)

    def _multipart(self, part: "Message[str, str]", kind: str, alternative: str, level: int) -> Iterator[Document]:
        children = _children(part)
        if kind != "multipart/alternative" or alternative:
            for child in children:
                yield from self._part(child, alternative, level + 1)
            return
        # Both readings of one content carry one name; the richer one, with data tables, goes first.
        self.names.bodies += 1
        name = "body" if self.names.bodies == 1 else f"body {self.names.bodies}"
        found = [document for child in children for document in self._part(child, name, level + 1)]
        html = [document for document in found if document.media_type == "text/html" and document.tables]
        yield from html + [document for document in found if document not in html] if html else found

    def _broken(self, part: "Message[str, str]", level: int) -> Iterator[Document]:
        """A multipart whose boundary does not occur: the one that does occur is taken, else all of it as one text."""
        text = stored(part)
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
        found = recovered(data)
        if found is None:
            if data.strip():
                yield from self._read(data, "text/plain", self._body_name("text/plain", ""), part)
            return
        yield from self._part(tree(found, self.budget), "", level + 1)

    def _leaf(self, part: "Message[str, str]", kind: str, alternative: str) -> Iterator[Document]:
        data, problem = body_of(part)
        filename = _filename(part)
        disposition = part.get_content_disposition()
        media_type = sniff(data, kind, filename)
        if media_type == "text/plain" and disposition != "inline" and _may_be_message(kind, filename, data):
            yield from self._inside(data, filename)
            return
        is_body = media_type in {"text/plain", "text/html"} or (is_structured(media_type) and not filename)
        is_body = is_body and disposition != "attachment"
        is_body = is_body and (not filename or self.names.bodies == 0 or bool(alternative))
        if not data.strip() and not filename and (is_body or kind.startswith("text/")):
            return
        files: list[tuple[str, bytes]] = []
        if media_type == "text/plain" and b"begin " in data:
            data, files = parted(data)
        name = self._body_name(media_type, alternative) if is_body else self._file_name(filename, media_type)
        document, *held = self._read(data, media_type, name, part)
        if problem:
            document = replace(document, problem=document.problem or problem)
        if _is_inline(part, document, disposition):
            document = replace(document, inline=True, problem=None)
        elif alternative and document.problem and not document.lines and kind.startswith("text/"):
            # Another wording of the same content (watch, AMP) that others of this group tell as well.
            document = replace(document, inline=True, problem=None)
        yield document
        yield from held
        for given, content in files:
            shown = file_name(given)
            inner = sniff(content, "application/octet-stream", shown)
            yield from read_parts(self._file_name(shown, inner), content, inner, None, self.subject, care=self.care)

    def _read(self, data: bytes, media_type: str, name: str, part: "Message[str, str]") -> tuple[Document, ...]:
        label = part.get_content_charset()
        flowed = str(part.get_param("format") or "").lower() == "flowed"
        delsp = str(part.get_param("delsp") or "").lower() == "yes"
        stated = label if isinstance(label, str) else None
        return read_parts(name, data, media_type, stated, self.subject, flowed=flowed, delsp=delsp, care=self.care)

    def _body_name(self, media_type: str, alternative: str) -> str:
        if not alternative:
            self.names.bodies += 1
        name = alternative or ("body" if self.names.bodies == 1 else f"body {self.names.bodies}")
        return self.names.once(self.prefix + (f"{name} (html)" if media_type == "text/html" else name))

    def _file_name(self, filename: str, media_type: str) -> str:
        if not filename:
            self.names.unnamed += 1
            filename = f"unnamed {self.names.unnamed} ({media_type})"
        return self.names.once(self.prefix + filename)

    def _report_part(self, part: "Message[str, str]", kind: str) -> Document:
        """message/delivery-status and its like, which the standard library reads as blocks of headers."""
        lines: list[Line] = []
        for block in _children(part):
            texts = [f"{name}: {header_text(str(value))}" for name, value in block.raw_items()]
            inner = stored(block)
            texts.extend(inner.splitlines()[:200] if isinstance(inner, str) else ())
            lines += [Line(header_text(text), number) for number, text in enumerate(texts, len(lines) + 1)]
        return Document(self.names.once(self.prefix + kind.partition("/")[2]), kind, lines=tuple(lines))

    def _message_part(self, part: "Message[str, str]") -> Iterator[Document]:
        inner = next(iter(_children(part)), None)
        if inner is None:
            return
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        if encoding in {"base64", "quoted-printable"} and not list(inner.raw_items()):
            # RFC 2046 forbids to encode a message, many do it, and the standard library does not undo it.
            inner["content-transfer-encoding"] = encoding
            data, _ = body_of(inner)
            yield from self._inside(data, _filename(part))
            return
        yield from self._forwarded(inner)

    def _inside(self, data: bytes, filename: str) -> Iterator[Document]:
        if self.depth + 1 > MESSAGES_DEEP:
            name = self._file_name(filename, "message/rfc822")
            yield Document(
                name, "message/rfc822", problem=f"messages are nested more than {MESSAGES_DEEP} deep", size=len(data)
            )
            return
        yield from self._forwarded(tree(data, self.budget))

    def _forwarded(self, inner: "Message[str, str]") -> Iterator[Document]:
        self.names.forwarded += 1
        prefix = f"{self.prefix}forwarded {self.names.forwarded}/"
        if self.depth + 1 > MESSAGES_DEEP:
            yield Document(
                prefix + "message", "message/rfc822", problem=f"messages are nested more than {MESSAGES_DEEP} deep"
            )
            return
        author = parse_one(str(inner.get("from", "")))
        subject = header_text(str(dict(_lower(inner)).get("subject", "")))
        walk = Walk(self.budget, subject, prefix, self.depth + 1, self.care)
        head = _head_lines(inner)
        if head:
            yield Document(prefix + "head", "message/rfc822", lines=head, author=author)
        for document in walk.documents(inner):
            yield _as_forwarded(document, author)
        for defect in walk.defects:
            self._defect(defect)


def _children(part: "Message[str, str]") -> list["Message[str, str]"]:
    payload = stored(part)
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _lower(message: "Message[str, str]") -> Iterator[tuple[str, str]]:
    return ((name.lower(), str(value)) for name, value in reversed(list(message.raw_items())))


def _head_lines(inner: "Message[str, str]") -> tuple[Line, ...]:
    values = dict(_lower(inner))
    wanted = ("From", "Date", "To", "Subject")
    texts = [f"{name}: {header_text(values[name.lower()])}" for name in wanted if name.lower() in values]
    return tuple(Line(text, number, Zone.FORWARD) for number, text in enumerate(texts, 1))


def _as_forwarded(document: Document, author: str | None) -> Document:
    def zone(was: Zone) -> Zone:
        return Zone.FORWARD if was is Zone.TOP else was

    return replace(
        document,
        lines=tuple(Line(line.text, line.number, zone(line.zone)) for line in document.lines),
        tables=tuple(Table(table.rows, table.line, zone(table.zone)) for table in document.tables),
        author=document.author or author,
    )


def _filename(part: "Message[str, str]") -> str:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, UnicodeError, TypeError):
        name = None
    return file_name(raw_text(name)) if name else ""


def _may_be_message(kind: str, filename: str, data: bytes) -> bool:
    """A saved mail that somebody attached under a type of its program's liking."""
    named = filename.lower().endswith(".eml")
    return (named or (kind == "application/octet-stream")) and looks_like_mail(data)


def _is_inline(part: "Message[str, str]", document: Document, disposition: str | None) -> bool:
    """A picture that a body shows: it has a Content-ID, or stands inline and is small. Scanned orders are larger."""
    if not document.media_type.startswith("image/"):
        return False
    return (part.get("content-id") is not None and disposition != "attachment") or (
        (disposition == "inline" or part.get("content-id") is not None) and document.size <= _SMALL_IMAGE
    )
