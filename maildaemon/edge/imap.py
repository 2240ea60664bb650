"""One account on one IMAP server as the story's Mailbox."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from imaplib import IMAP4
from typing import Any

from imapclient.exceptions import ProtocolError

from maildaemon import identity
from maildaemon.desk import Envelope, FolderMissing, FolderState, Listed, MailboxError
from maildaemon.edge.imap_connection import ImapAccount, Names, drop, failure, hang_up, open_client

__all__ = ["ImapAccount", "ImapMailbox"]

FETCH_AT_ONCE = 50
MOVE_AT_ONCE = 200
# imaplib gives up on a line of a million octets; so many UIDs of ten digits stay below it.
SEARCH_AT_ONCE = 80_000
# RFC 5322 msg-id in ASCII without what could end the quoted string that it is put into.
MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~@:;,\[\]-]{1,500}>")
LISTED = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ImapMailbox:
    """Implements :class:`maildaemon.desk.Mailbox`. Used by one thread; after a MailboxError the connection is gone.

    UIDs count only under the UIDVALIDITY that ``state`` told last: a folder found with another one at a later SELECT
    raises, also across ``connect``, so that a mail is never fetched or moved in another's place.
    """

    def __init__(self, account: ImapAccount, *, readonly: bool = False) -> None:
        """``readonly``: folders are opened with EXAMINE, which changes no flag; nothing can be moved."""
        self._account = account
        self._readonly = readonly
        self._client: Any = None
        self._names: Names | None = None
        self._selected: str | None = None
        self._validity = 0
        self._told: dict[str, int] = {}
        self._copied: set[tuple[str, int, int, str]] = set()

    def connect(self) -> None:
        self.close()
        self._client = open_client(self._account)
        self._names = Names(self._client)

    def close(self) -> None:
        client, self._client, self._selected = self._client, None, None
        if client is not None:
            hang_up(client)

    def ensure_folder(self, folder: str) -> bool:
        with self._speaking(f"folder {folder}") as client:
            return self._ensure(client, folder)

    def state(self, folder: str) -> FolderState:
        """SELECT each time, also when it is selected: two round trips, and right on every server. Nothing less is:
        Dovecot's STATUS and SEARCH show an open folder as it was, and NOOP does not tell on every server that a folder
        was deleted and made anew. SELECT also empties imaplib's store of responses that nobody asked for."""
        with self._speaking(f"looking into {folder}") as client:
            uidnext, count = self._open(client, folder)
            self._told[folder] = self._validity
            return _folder_state(self._validity, uidnext, _all_uids(client, uidnext, count))

    def uidvalidity(self, folder: str) -> int:
        with self._speaking(f"looking into {folder}") as client:
            self._open(client, folder)
            return self._validity

    def envelopes(self, folder: str, uids: Sequence[int], *, dated: bool = False) -> Mapping[int, Envelope]:
        """INTERNALDATE unreadable: the beginning of 1970, which is late by every clock and so comes before a person."""
        with self._speaking(f"asking sizes in {folder}") as client:
            self._select(client, folder)
            items = ["RFC822.SIZE", "INTERNALDATE", *(["BODY.PEEK[HEADER.FIELDS (DATE)]"] if dated else [])]
            found = _fetched(client, uids, items, b"RFC822.SIZE", 500)
            return {uid: _envelope(uid, item) for uid, item in found.items()}

    def listing(self, folder: str, uids: Sequence[int]) -> Mapping[int, Listed]:
        with self._speaking(f"listing {folder}") as client:
            self._select(client, folder)
            items = ["FLAGS", "RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]
            found = _fetched(client, uids, items, b"RFC822.SIZE", 500)
            return {uid: _listed(_envelope(uid, item), item) for uid, item in found.items()}

    def fetch(self, folder: str, uids: Sequence[int]) -> Mapping[int, bytes]:
        with self._speaking(f"fetching from {folder}") as client:
            self._select(client, folder)
            found = _fetched(client, uids, ["BODY.PEEK[]"], b"BODY[]", FETCH_AT_ONCE)
            return {uid: _octets(item[b"BODY[]"]) for uid, item in found.items()}

    def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        """On a server without MOVE: COPY, mark as \\Deleted, UID EXPUNGE where the server has UIDPLUS, else leave them
        marked. Those that carry the mark already are left alone: either they were copied before a crash, or a person
        marked them, and an EXPUNGE without a copy would lose them."""
        with self._speaking(f"moving from {folder} to {target}") as client:
            self._select(client, folder)
            for part in _parts(uids, MOVE_AT_ONCE):
                try:
                    self._move(client, folder, part, target)
                except IMAP4.abort:
                    raise
                except IMAP4.error:
                    # NO: the target is missing, or one of them is gone and the server moved none.
                    self._ensure(client, target)
                    left = _still_there(client, part)
                    if left:
                        self._move(client, folder, left, target)

    def append(self, folder: str, raw: bytes) -> None:
        """Line ends become CRLF. A missing folder is made."""
        with self._speaking(f"writing to {folder}") as client:
            name = self._name(folder)
            try:
                client.append(name, raw)
            except IMAP4.abort:
                raise
            except IMAP4.error:
                if not self._ensure(client, folder):
                    raise
                client.append(name, raw)

    def find(self, folder: str, message_id: str) -> tuple[int, ...]:
        """A Message-ID of a form that no command could hold safely is not found. SEARCH may match parts of a header, so
        each hit is compared."""
        if not MESSAGE_ID.fullmatch(message_id):
            return ()
        with self._speaking(f"searching {folder}") as client:
            self._select(client, folder)
            client.noop()
            hits = client.search(f'HEADER Message-ID "{message_id}"')
            found = _fetched(client, hits, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"], LISTED, 500)
            wanted = message_id.encode()
            return tuple(sorted(uid for uid, item in found.items() if wanted in _octets(item[LISTED])))

    # --- one connection -----------------------------------------------------------------------------------------------

    @contextmanager
    def _speaking(self, doing: str) -> Iterator[Any]:
        if self._client is None:
            raise MailboxError(f"{self._account.name}: {doing}: not connected")
        try:
            yield self._client
        except FolderMissing:
            raise  # an answer like any other: the connection is as good as before
        except Exception as error:  # imaplib and imapclient raise whatever their parsers happen to meet
            client, self._client, self._selected = self._client, None, None
            drop(client)
            raise failure(self._account.name, doing, error) from None

    def _name(self, folder: str) -> str:
        if self._names is None:
            raise MailboxError("not connected")
        return self._names(folder)

    def _select(self, client: Any, folder: str) -> None:
        """SELECT unless it is selected. Raises when UIDs told before do not count any more."""
        if self._selected != folder:
            self._open(client, folder)
        if self._told.get(folder, self._validity) != self._validity:
            raise MailboxError(
                f"{self._account.name}: {folder}: UIDVALIDITY has changed; the folder is to be read anew"
            )

    def _open(self, client: Any, folder: str) -> tuple[int, int]:
        """SELECT; UIDNEXT (0 where the server keeps it to itself) and the number of messages."""
        self._selected = None
        try:
            answer = client.select_folder(self._name(folder), readonly=self._readonly)
        except IMAP4.abort:
            raise
        except IMAP4.error:
            if _exists(client, self._name(folder)):
                raise
            raise FolderMissing(f"{self._account.name}: there is no folder {folder!r}") from None
        self._validity = int(answer.get(b"UIDVALIDITY", 0))
        if self._validity <= 0:
            raise MailboxError(
                f"{self._account.name}: {folder}: the server keeps no UIDVALIDITY; UIDs mean nothing there"
            )
        self._selected = folder
        return int(answer.get(b"UIDNEXT", 0)), int(answer.get(b"EXISTS", 0))

    def _ensure(self, client: Any, folder: str) -> bool:
        name = self._name(folder)
        if name == "INBOX" or _exists(client, name):
            return False
        try:
            client.create_folder(name)
        except IMAP4.abort:
            raise
        except IMAP4.error:
            # Another program was faster.
            if _exists(client, name):
                return False
            raise
        with suppress(IMAP4.error):  # only some mail programs care
            client.subscribe_folder(name)
        return True

    def _move(self, client: Any, folder: str, uids: list[int], target: str) -> None:
        name = self._name(target)
        if client.has_capability("MOVE"):
            client.move(uids, name)
            return
        marked = set(client.search(f"DELETED UID {_set(uids)}"))
        uids = [uid for uid in uids if uid not in marked]
        # A server that copies but refuses the mark would collect one more copy at each attempt.
        keys = {uid: (folder, self._validity, uid, target) for uid in uids}
        fresh = [uid for uid in uids if keys[uid] not in self._copied]
        if fresh:
            client.copy(fresh, name)
            self._copied.update(keys[uid] for uid in fresh)
        if uids:
            client.add_flags(uids, [b"\\Deleted"], silent=True)
            self._copied.difference_update(keys.values())
            if client.has_capability("UIDPLUS"):
                client.uid_expunge(uids)


def _fetched(client: Any, uids: Sequence[int], items: list[str], key: bytes, at_once: int) -> dict[int, Any]:
    """What was asked of each UID that is still there. An absent answer is believed only when a search confirms it."""
    found: dict[int, Any] = {}
    for part in _parts(uids, at_once):
        missing = part
        for _ in range(3):
            try:
                answer = client.fetch(missing, items)
            except (IMAP4.abort, ProtocolError):
                raise
            except IMAP4.error:
                answer = {}  # NO [EXPUNGEISSUED]: one of them is gone
            found.update({uid: item for uid, item in answer.items() if item.get(key) is not None})
            missing = [uid for uid in missing if uid not in found]
            if missing:
                missing = _still_there(client, missing)
            if not missing:
                break
        else:
            raise MailboxError(f"the server lists UID {missing[0]} but does not give it out")
    return found


def _still_there(client: Any, uids: list[int]) -> list[int]:
    client.noop()
    there = set(client.search(f"UID {_set(uids)}"))
    return [uid for uid in uids if uid in there]


def _all_uids(client: Any, uidnext: int, count: int) -> list[int]:
    if count <= SEARCH_AT_ONCE:
        return [int(uid) for uid in client.search("ALL")]
    windows = range(1, max(uidnext, 1), SEARCH_AT_ONCE)
    return [int(uid) for low in windows for uid in client.search(f"UID {low}:{low + SEARCH_AT_ONCE - 1}")]


def _folder_state(uidvalidity: int, uidnext: int, uids: list[int]) -> FolderState:
    ordered = tuple(sorted(set(uids)))
    return FolderState(uidvalidity, max(uidnext, ordered[-1] + 1 if ordered else 1), ordered)


def _exists(client: Any, name: str) -> bool:
    # % and * in a name are wildcards to LIST, so what comes back is compared.
    return any(
        found == name and not {b"\\nonexistent", b"\\noselect"} & {flag.lower() for flag in flags}
        for flags, _, found in client.list_folders("", name)
    )


def _envelope(uid: int, item: Mapping[bytes, Any]) -> Envelope:
    size, date = item[b"RFC822.SIZE"], item.get(b"INTERNALDATE")
    if not isinstance(size, int):
        raise MailboxError(f"the server tells no size of UID {uid}")
    arrived = date.astimezone(UTC) if isinstance(date, datetime) and date.tzinfo else LONG_AGO
    return Envelope(uid, size, arrived, _sent_at(item.get(b"BODY[HEADER.FIELDS (DATE)]")))


def _listed(envelope: Envelope, item: Mapping[bytes, Any]) -> Listed:
    header = item.get(LISTED)
    message_id = identity.content(header)[1] if isinstance(header, bytes) else None
    deleted = b"\\Deleted" in item.get(b"FLAGS", ())
    return Listed(envelope.uid, envelope.size, envelope.internal_date, message_id, deleted)


def _sent_at(header: object) -> datetime | None:
    """The Date header as aware UTC, None when there is none that can be read."""
    if not isinstance(header, bytes):
        return None
    text = header[:200].decode("ascii", "replace").partition(":")[2].strip()
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _octets(value: Any) -> bytes:
    if isinstance(value, int):  # imapclient takes an unquoted number for one
        return str(value).encode()
    if not isinstance(value, bytes):
        raise MailboxError("the server sends something else in place of a message")
    return value


def _parts(uids: Sequence[int], at_once: int) -> Iterator[list[int]]:
    every = list(dict.fromkeys(int(uid) for uid in uids if int(uid) > 0))
    for start in range(0, len(every), at_once):
        yield every[start : start + at_once]


def _set(uids: Sequence[int]) -> str:
    return ",".join(str(uid) for uid in uids)
