"""Bytes → Mail → Documents: the only door of this room."""

from dataclasses import replace

from maildaemon.model import Document, Mail
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.detect import looks_like_mail, start_of_mail
from maildaemon.read.head import head_of
from maildaemon.read.header import file_name
from maildaemon.read.mime import Walk
from maildaemon.read.prescan import Budget, prescan, tree
from maildaemon.read.unreadable import Unreadable

__all__ = ["Care", "Unreadable", "bare", "looks_like_mail", "read"]


def read(raw: bytes, care: Care = NO_CARE) -> tuple[Mail, tuple[Document, ...]]:
    """The head and the readable parts of one message. Raises nothing but Unreadable, for mail beyond a bound."""
    try:
        return _read(raw, care)
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable("the mail is nested too deeply") from None
    except MemoryError:
        raise Unreadable("the mail needs more memory than it is given") from None
    except Exception as error:
        # The bytes are hostile and the parsers many: whatever one of them trips over, the mail goes to a person.
        raise Unreadable("the mail is damaged in a way that no reader expects: look at it by hand") from error


def _read(raw: bytes, care: Care) -> tuple[Mail, tuple[Document, ...]]:
    data = start_of_mail(raw)
    prescan(data)
    budget = Budget()
    message = tree(data, budget)
    mail = head_of(raw, message)
    walk = Walk(budget, mail.subject, care=care)
    documents = walk.documents(message)
    if walk.defects:
        mail = replace(mail, defects=(*mail.defects, *walk.defects))
    return mail, documents


def bare(name: str, data: bytes, care: Care = NO_CARE) -> tuple[Mail, tuple[Document, ...]]:
    """A document that came without a mail, as if attached to one from an unknown sender. Raises as :func:`read`."""
    import hashlib

    shown = file_name(name) or "document"
    mail = Mail(hashlib.sha256(data).hexdigest(), len(data), content_type="multipart/mixed")
    try:
        walk = Walk(Budget(), care=care)
        documents = tuple(walk.file(data, shown, whole=True))
        return replace(mail, defects=tuple(walk.defects)), documents
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("the document is damaged in a way that no reader expects: look at it by hand") from error
