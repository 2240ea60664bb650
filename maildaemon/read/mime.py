"""The MIME tree walked: every leaf becomes a Document whatever its label says, messages inside keep apart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from maildaemon.model import Document, Line, Table, Zone
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.content import read_parts
from maildaemon.read.detect import looks_like_mail, start_of_mail
from maildaemon.read.envelopes import ENVELOPES, NOTHING, entity, is_said, opened
from maildaemon.read.head import author_of
from maildaemon.read.header import file_name, header_text, raw_text, stated_type
from maildaemon.read.pgp import ENCRYPTED
from maildaemon.read.prescan import DEPTH, HEADER_LIMIT, HEADERS, Budget, tree
from maildaemon.read.recover import recovered
from maildaemon.read.sniff import misnamed, sniff
from maildaemon.read.structured import is_structured
from maildaemon.read.transfer import body_of, stored
from maildaemon.read.unreadable import Unreadable
from maildaemon.read.uuencoded import parted

MESSAGES_DEEP = 5
_MAIL = "message/rfc822"
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
        self.said: list[str] = []

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
            yield from self._leaf(part, kind, alternative, level)

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
        if kind == "multipart/encrypted":
            yield from self._encrypted(part, children, level)
            return
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

    def _encrypted(
        self, part: "Message[str, str]", children: list["Message[str, str]"], level: int
    ) -> Iterator[Document]:
        """RFC 1847: one part says how, the other is the mail. Whatever can be read of it all the same is read too."""
        pgp = "pkcs7" not in str(part.get_param("protocol") or "pgp").lower()
        problem = ENCRYPTED if pgp else "the mail is encrypted: decrypt it, or ask for it in clear"
        yield Document(self._file_name("encrypted mail", ""), "application/pgp-encrypted", problem=problem)
        for child in children:
            for document in self._part(child, "", level + 1):
                if document.lines or document.tables or document.messages:
                    yield document

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

    def _leaf(self, part: "Message[str, str]", kind: str, alternative: str, level: int) -> Iterator[Document]:
        data, problem = body_of(part)
        filename = _filename(part)
        disposition = part.get_content_disposition()
        media_type = sniff(data, kind, filename)
        if _may_be_message(kind, filename, data, media_type):
            yield from self._inside(data, filename, problem)
            return
        if media_type in ENVELOPES:
            yield from self._envelope(data, media_type, filename, whole=level == 0, doubt=problem)
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
        if _is_inline(part, media_type, len(data), disposition):
            yield Document(name, media_type, size=len(data), inline=True)
            return
        document, *held = self._read(data, media_type, name, part)
        if problem:
            document = replace(document, problem=document.problem or problem)
        if alternative and document.problem and not document.lines and _is_other_wording(kind, document):
            # Another wording of the same content (watch, AMP) that others of this group tell as well.
            document = replace(document, inline=True, problem=None)
        if is_body:
            self.said.extend(line.text for line in document.lines)
        yield document
        yield from held
        for given, content in files:
            yield from self.file(content, file_name(given))

    def file(self, data: bytes, name: str, *, whole: bool = False) -> Iterator[Document]:
        """A file without a label: its bytes and its name tell what it is. ``whole``: there is nothing else."""
        media_type = sniff(data, "application/octet-stream", name)
        if _may_be_message("application/octet-stream", name, data, media_type):
            yield from self._inside(data, name)
        elif media_type in ENVELOPES:
            yield from self._envelope(data, media_type, name, whole=whole)
        else:
            shown = self._file_name(name, media_type)
            yield from read_parts(shown, data, media_type, None, self.subject, care=self.care)

    def _envelope(
        self, data: bytes, media_type: str, filename: str, *, whole: bool, doubt: str | None = None
    ) -> Iterator[Document]:
        """``whole``: the envelope is all of the mail, so what lies in it has the names that it had without one."""
        if self.depth + 1 > MESSAGES_DEEP:
            yield self._too_deep(filename or ENVELOPES[media_type], media_type, len(data))
            return
        found = opened(data, media_type, filename, self.budget)
        shown = self._file_name(filename or ENVELOPES[media_type], media_type)
        if found == NOTHING:
            doubt = doubt or misnamed(filename, data, "application/octet-stream")
        if (problem := found.problem or doubt) or not whole:
            yield Document(shown, media_type, problem=problem, size=len(data))
        if found.entity is not None and found.apart:
            yield from self._forwarded(found.entity)
        elif found.entity is not None or found.file is not None:
            prefix = self.prefix if whole else f"{shown}/"
            walk = Walk(self.budget, self.subject, prefix, self.depth + 1, self.care)
            if whole:
                walk.names = self.names
            inner = walk.documents(found.entity) if found.entity else tuple(walk.file(*found.file or (b"", "")))
            yield from (document for document in inner if not is_said(document, self.said))
            for defect in walk.defects:
                self._defect(defect)

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
            yield from self._inside(*_encoded(inner, _filename(part)))
            return
        yield from self._forwarded(inner)

    def _inside(self, data: bytes, filename: str, doubt: str | None = None) -> Iterator[Document]:
        """A mail whose bytes were encoded, or stand in a part that is not said to hold one."""
        if self.depth + 1 > MESSAGES_DEEP:
            yield self._too_deep(filename, "message/rfc822", len(data))
            return
        found = entity(start_of_mail(data), self.budget)
        if isinstance(found, str):
            yield Document(self._file_name(filename, _MAIL), _MAIL, problem=found, size=len(data))
            return
        if doubt:
            yield Document(self._file_name(filename, _MAIL), _MAIL, problem=doubt, size=len(data))
        yield from self._forwarded(found)

    def _too_deep(self, filename: str, media_type: str, size: int) -> Document:
        problem = f"messages are nested more than {MESSAGES_DEEP} deep"
        return Document(self._file_name(filename, media_type), media_type, problem=problem, size=size)

    def _forwarded(self, inner: "Message[str, str]") -> Iterator[Document]:
        if self.depth + 1 > MESSAGES_DEEP:
            yield self._too_deep("message", _MAIL, 0)
            return
        self.names.forwarded += 1
        prefix = f"{self.prefix}forwarded {self.names.forwarded}/"
        author, doubt = author_of(inner)
        if doubt:
            self._defect(doubt)
        subject = header_text(str(dict(_lower(inner)).get("subject", "")))
        walk = Walk(self.budget, subject, prefix, self.depth + 1, self.care)
        head = _head_lines(inner)
        if head:
            yield Document(prefix + "head", _MAIL, lines=head, author=author)
        for document in walk.documents(inner):
            yield _as_forwarded(document, author)
        for defect in walk.defects:
            self._defect(defect)


def _encoded(inner: "Message[str, str]", filename: str) -> tuple[bytes, str, str | None]:
    data, problem = body_of(inner)
    return data, filename, problem


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


def _may_be_message(kind: str, filename: str, data: bytes, media_type: str) -> bool:
    """A saved mail that somebody attached under a type of its program's liking."""
    named = filename.lower().endswith(".eml")
    told = kind == "application/octet-stream" and media_type in {"text/plain", kind}
    return (named or told) and looks_like_mail(data)


def _is_other_wording(kind: str, document: Document) -> bool:
    return kind.startswith("text/") and document.media_type != "application/pgp-encrypted"


def _is_inline(part: "Message[str, str]", media_type: str, size: int, disposition: str | None) -> bool:
    """A picture that a body shows: it has a Content-ID, or stands inline and is small. Scanned orders are larger."""
    if not media_type.startswith("image/"):
        return False
    return (part.get("content-id") is not None and disposition != "attachment") or (
        (disposition == "inline" or part.get("content-id") is not None) and size <= _SMALL_IMAGE
    )
