"""The envelopes in which a mail or a file may lie, by the type of their bytes: what is in them, and whose it is."""

from dataclasses import dataclass
from email.message import Message

from maildaemon.model import Document
from maildaemon.read import rtf
from maildaemon.read.detect import looks_like_entity
from maildaemon.read.prescan import Budget, prescan, tree
from maildaemon.read.sniff import RTF_BODY
from maildaemon.read.unreadable import Unreadable

OUTLOOK, TNEF, CMS = "application/vnd.ms-outlook", "application/ms-tnef", "application/pkcs7-mime"
ENVELOPES = {OUTLOOK: "mail.msg", TNEF: "winmail.dat", CMS: "smime.p7m"}
"""Each with the name of one that has none."""
_ENDINGS = (".p7m", ".p7s", ".p7", ".p7b")


@dataclass(frozen=True, slots=True)
class Opened:
    """``apart``: the entity is a mail of its own, perhaps by another writer; else it is the content of the mail that
    the envelope came in. ``file``: a document that was signed as such, and its name."""

    entity: "Message[str, str] | None" = None
    apart: bool = False
    file: tuple[bytes, str] | None = None
    problem: str | None = None


NOTHING = Opened()
"""A signature or certificates alone."""


def opened(data: bytes, media_type: str, name: str, budget: Budget) -> Opened:
    """Raises Unreadable when the mail has too many parts; whatever else the bytes do is told as the problem. The
    libraries are loaded when the first such envelope comes."""
    if media_type == OUTLOOK:
        from maildaemon.read import outlook

        try:
            return Opened(outlook.opened(data, budget), apart=True)
        except outlook.BadOutlook as error:
            return Opened(problem=str(error))
    if media_type == TNEF:
        from maildaemon.read import tnef

        try:
            entity, problem = tnef.opened(data, budget)
        except tnef.BadTnef as error:
            return Opened(problem=str(error))
        return Opened(entity, problem=problem)
    return _signed(data, name, budget)


def _signed(data: bytes, name: str, budget: Budget) -> Opened:
    from maildaemon.read import cms

    try:
        content = cms.content(data)
    except cms.BadCms as error:
        return Opened(problem=str(error))
    if content is None or not content.strip():
        return NOTHING
    ending = next((end for end in _ENDINGS if name.lower().endswith(end)), "")
    stem = name[: -len(ending)] if ending else name
    if not looks_like_entity(content):
        # A document that was signed by itself (CAdES): "order.pdf.p7m".
        return Opened(file=(content, stem if "." in stem else ""))
    found = entity(content, budget)
    if isinstance(found, str):
        return Opened(problem=found)
    return Opened(found, apart="from" in found)


def is_said(document: Document, texts: list[str]) -> bool:
    """The formatted text in a winmail.dat has no word that the text of the mail around it has not: Outlook sends the
    one as a plain form of the other."""
    if document.media_type != RTF_BODY or document.author is not None or not any(text.strip() for text in texts):
        return False
    own = rtf.vocabulary("\n".join(line.text for line in document.lines))
    return bool(document.lines) and own <= rtf.vocabulary("\n".join(texts))


def entity(data: bytes, budget: Budget) -> "Message[str, str] | str":
    """The MIME tree of bytes that came out of an envelope or an encoding; in plain words why not. Raises Unreadable
    when the mail has too many parts over all, or is nested too deeply."""
    try:
        prescan(data)
    except Unreadable as error:
        return error.reason
    return tree(data, budget)
