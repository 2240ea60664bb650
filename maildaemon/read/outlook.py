"""A mail that Outlook has saved as a file (.msg, [MS-OXMSG]) → the MIME tree of it and of what it holds.

olefile opens the compound file ([MS-CFB]); the properties are read here, because the one permissive library for them
knows no messages inside messages and fails at an unknown code page."""

import io
from email.message import Message
from typing import Any

import olefile

from maildaemon.read import mapi
from maildaemon.read.mapi import Attachment, Properties
from maildaemon.read.prescan import Budget

SIZE_LIMIT, ENTRIES, ATTACHMENTS, DEEP = 35 * 2**20, 4000, 100, 5
_PROPERTIES, _STREAM, _ATTACH = "__properties_version1.0", "__substg1.0_", "__attach_version1.0_"
_OBJECT = f"{_STREAM}{mapi.ATTACH_DATA:04x}{mapi.OBJECT:04x}"
# What stands before the fixed properties: of the message, of one inside another, of an attachment.
_OF_ROOT, _OF_INNER, _OF_ATTACHMENT = 32, 24, 8
_WANTED = frozenset(
    (
        *(mapi.SUBJECT, mapi.HEADERS, mapi.BODY, mapi.RTF, mapi.HTML, mapi.ATTACH_DATA, mapi.ATTACH_NAME),
        *(mapi.ATTACH_LONG_NAME, mapi.ATTACH_TYPE, mapi.ATTACH_ID, mapi.DISPLAY_NAME, *mapi.HEAD),
    )
)


class BadOutlook(Exception):  # noqa: N818
    """``str()`` says in plain words why it is not read."""


def opened(data: bytes, budget: Budget) -> "Message[str, str]":
    """Raises BadOutlook, and Unreadable when the mail has too many parts."""
    _bounds(data)
    try:
        with _Compound(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
            if file.sizes() > len(data):
                raise BadOutlook("its streams are larger than the file: it is damaged, or made to do harm")
            return _message(file, file.root, [], _OF_ROOT, budget)
    except RecursionError:
        raise BadOutlook("it is nested too deeply") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise BadOutlook("the Outlook message is damaged or cut off") from error


def _bounds(data: bytes) -> None:
    """The header of a compound file names its sector size and how many sectors its tables have: none more than fit."""
    if len(data) > SIZE_LIMIT:
        raise BadOutlook("it is larger than 35 MiB")
    shift = int.from_bytes(data[30:32], "little")
    tables = [int.from_bytes(data[at : at + 4], "little") for at in (40, 44, 64, 72)]
    if len(data) < 1536 or shift not in {9, 12} or any(count > len(data) >> shift for count in tables):
        raise BadOutlook("the Outlook message is damaged or cut off")


class _Compound(olefile.OleFileIO):  # type: ignore[misc]
    """A compound file whose directory is bounded while it is loaded."""

    loaded = 0

    def _load_direntry(self, sid: int) -> Any:
        self.loaded += 1
        if self.loaded > ENTRIES:
            raise BadOutlook(f"it has more than {ENTRIES} entries")
        return super()._load_direntry(sid)

    def sizes(self) -> int:
        return sum(entry.size for entry in self.direntries if entry is not None and entry.entry_type == 2)


def _message(
    file: _Compound, storage: Any, path: list[str], offset: int, budget: Budget, depth: int = 0
) -> "Message[str, str]":
    about = _read(file, storage, path, offset)
    attachments: list[Attachment] = []
    for kid in storage.kids:
        if kid.name.startswith(_ATTACH) and kid.entry_type == olefile.STGTY_STORAGE:
            if len(attachments) >= ATTACHMENTS:
                raise BadOutlook(f"it has more than {ATTACHMENTS} attachments")
            attachments.append(_attachment(file, kid, [*path, kid.name], about.page(), budget, depth))
    return mapi.tree(about, attachments, budget)


def _attachment(
    file: _Compound, storage: Any, path: list[str], codepage: int | None, budget: Budget, depth: int
) -> Attachment:
    about = _read(file, storage, path, _OF_ATTACHMENT)
    about.codepage = codepage
    inside = next((kid for kid in storage.kids if kid.name.lower() == _OBJECT), None)
    if inside is None or not any(kid.name == _PROPERTIES for kid in inside.kids):
        return Attachment(about, about.binary(mapi.ATTACH_DATA))
    if depth >= DEEP:
        raise BadOutlook(f"messages are nested more than {DEEP} deep in it")
    inner = _message(file, inside, [*path, inside.name], _OF_INNER, budget, depth + 1)
    return Attachment(about, b"", inner)


def _read(file: _Compound, storage: Any, path: list[str], offset: int) -> Properties:
    found = Properties()
    for kid in storage.kids:
        if kid.entry_type != olefile.STGTY_STREAM:
            continue
        if kid.name == _PROPERTIES:
            _fixed(file.openstream([*path, kid.name]).read()[offset:], found)
        elif kid.name.startswith(_STREAM) and len(kid.name) == len(_STREAM) + 8:
            tag, kind = int(kid.name[-8:-4], 16), int(kid.name[-4:], 16)
            if tag in _WANTED and kind in mapi.VARIABLE:
                found.put(tag, kind, file.openstream([*path, kid.name]).read())
    return found


def _fixed(data: bytes, into: Properties) -> None:
    """Entries of 16 bytes: type, id, flags, value."""
    for at in range(0, min(len(data), 16 * ENTRIES) - 15, 16):
        kind, tag = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind not in mapi.VARIABLE:
            into.put(tag, kind, data[at + 8 : at + 16])
