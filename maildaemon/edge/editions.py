"""The playbook of a running daemon: its files are watched, a sound change replaces it, a broken one does not."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from maildaemon import log
from maildaemon.desk import Reader
from maildaemon.edge import playbooks
from maildaemon.edge.playbooks import Bundle
from maildaemon.playbook import Playbook
from maildaemon.reply.layouts import Layouts
from maildaemon.strict import PlaybookError

REST = 2.0
"""Seconds that files must be left alone before they are taken: half a deck, caught while it is being written, may be a
sound deck of fewer rules."""
Folders = tuple[Path | None, Path | None, Path | None]
Signature = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """A playbook, and whatever goes with it: mail is read, judged and answered by one and the same."""

    bundle: Bundle
    playbook: Playbook
    layouts: Layouts
    reader: Reader


class Editions:
    """Used by several threads. ``folders``: the operator's own parsers, rules and templates; ``told`` is given what is
    wrong with the files, None when nothing is any more."""

    def __init__(
        self,
        first: Edition,
        folders: Folders,
        reader: Callable[[Bundle], Reader],
        told: Callable[[str | None], None] = lambda fault: None,  # noqa: ARG005
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.current = first
        self.folders, self.reader, self.told, self.clock = folders, reader, told, clock
        self.refuse: Callable[[Playbook], str | None] = lambda playbook: None  # noqa: ARG005
        """What is wrong with a playbook in this house, or None."""
        self.fault: str | None = None
        self.lock = threading.RLock()
        self.users: dict[str, Edition] = {}
        self.open = [first]
        self.judged = self.pending = self._signature()
        self.since = clock()

    def take(self, user: str) -> Edition:
        """The edition that counts now; what the user had before is given back."""
        with self.lock:
            self.look()
            self.users[user] = self.current
            self._retire()
            return self.current

    def changed(self, user: str) -> bool:
        """Whether another edition counts now than the user has."""
        self.look()
        return self.users.get(user) is not self.current

    def look(self, *, at_once: bool = False) -> None:
        """Take the files as they are, if they have changed and been left alone for a while; ``at_once``: whatever."""
        with self.lock:
            signature = self._signature()
            if signature != self.pending:
                self.pending, self.since = signature, self.clock()
            rests = self.clock() - self.since >= REST
            if at_once or (rests and signature != self.judged):
                self._judge(signature)

    def close(self) -> None:
        with self.lock:
            for edition in self.open:
                edition.reader.close()
            self.open.clear()

    def _judge(self, signature: Signature) -> None:
        try:
            edition = self._built()
        except PlaybookError as error:
            fault = str(error)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"  # what an operator's plugin does is no reason to end
        else:
            if self._signature() != signature:
                if edition.reader is not self.current.reader:
                    edition.reader.close()
                return  # somebody is at it: the next look judges
            self.judged = signature
            self._put(edition)
            return
        self.judged = signature
        self.fault = fault
        log.playbook_kept(self.current.bundle.digest, fault)
        self.told(fault)

    def _put(self, edition: Edition) -> None:
        if edition is not self.current:
            log.playbook_changed(self.current.bundle.digest, edition.bundle.digest)
            self.current = edition
            self.open.append(edition)
            self._retire()
        elif self.fault is not None:
            log.playbook_changed(self.current.bundle.digest, self.current.bundle.digest)  # mended, as it was
        if self.fault is not None:
            self.fault = None
            self.told(None)

    def _built(self) -> Edition:
        """The files as they are, or the current edition where they are what it was made of. Raises PlaybookError."""
        current = self.current
        bundle = playbooks.again(current.bundle, *self.folders)
        if bundle == current.bundle:
            return current
        playbook, layouts = playbooks.build(bundle), playbooks.layouts(bundle)
        if (fault := self.refuse(playbook)) is not None:
            raise PlaybookError(fault)
        reader = current.reader if bundle.parsers == current.bundle.parsers else self.reader(bundle)
        return Edition(bundle, playbook, layouts, reader)

    def _retire(self) -> None:
        """Close the readers that nobody uses any more."""
        used = [self.current, *self.users.values()]
        gone = [edition for edition in self.open if edition not in used]
        self.open = [edition for edition in self.open if edition in used]
        kept = {id(edition.reader) for edition in self.open}
        for reader in {id(one.reader): one.reader for one in gone if id(one.reader) not in kept}.values():
            reader.close()

    def _signature(self) -> Signature:
        return tuple(sorted(found for folder in self.folders if folder is not None for found in _files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, int, int, int, int]]:
    """What tells whether a file is another one; nothing of a folder that is not there."""
    for path, _, names in os.walk(folder):
        if Path(path) != folder and Path(path).name != playbooks.TEXTS:
            continue
        for name in names:
            try:
                about = os.stat(Path(path) / name)  # noqa: PTH116
            except OSError:
                continue
            yield f"{path}/{name}", about.st_mtime_ns, about.st_size, about.st_ino, about.st_mode
