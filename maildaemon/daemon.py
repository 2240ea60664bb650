"""The daemon: the one place where the parts are wired together."""

import contextlib
import gc
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from maildaemon import log
from maildaemon.asking import Nobody
from maildaemon.backoff import Backoff
from maildaemon.bounds import Bounds
from maildaemon.catalogue import Catalogue
from maildaemon.desk import Facts, MailboxError, Reader
from maildaemon.door import Door
from maildaemon.edge import database, playbooks
from maildaemon.edge.accounts import imap_account, imap_mailbox, smtp_transport
from maildaemon.edge.alarms import Alarms
from maildaemon.edge.archive import Archive
from maildaemon.edge.child import Limits
from maildaemon.edge.children import ChildReader
from maildaemon.edge.editions import Edition, Editions
from maildaemon.edge.facts.wiring import sources
from maildaemon.edge.idle import Watcher
from maildaemon.edge.imap import ImapMailbox
from maildaemon.edge.importing import Shelf
from maildaemon.edge.keys import Keys
from maildaemon.edge.lease import LeaseLost, Leases
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.notify import notify, watchdog_seconds
from maildaemon.edge.openings import Openings
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.edge.restored import Restored
from maildaemon.edge.ruling import Rulings
from maildaemon.edge.sender import Sender
from maildaemon.edge.sightings import Sightings
from maildaemon.edge.watched import Watch, Watched
from maildaemon.edge.worker import Worker
from maildaemon.housing import house
from maildaemon.looking import Hands
from maildaemon.matrix import unanswered
from maildaemon.model import Mode
from maildaemon.persons import Persons
from maildaemon.pipeline import Handled, Story
from maildaemon.playbook import Playbook
from maildaemon.record import allowed
from maildaemon.settings import Settings
from maildaemon.settings_accounts import MailboxSettings
from maildaemon.strict import PlaybookError
from maildaemon.web import server, tracker

LEASE_SECONDS = 10.0
WATCH_SECONDS = 5.0
"""How often the watched files are thought of; each is looked at as often as it is configured to be."""
STUCK = 600.0
"""Seconds without a sign of life after which a worker counts as stuck: longer than any read may take."""


class Daemon:
    """Everything that runs. ``start`` and ``stop`` for the service, ``once`` for one round in the foreground."""

    def __init__(
        self,
        settings: Settings,
        listener: Callable[[Handled], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Loads the playbook and opens the ledger. Raises PlaybookError, ConfigError or LedgerError."""
        self.clock = clock
        self.open = contextlib.ExitStack()
        folders = (settings.parsers, settings.rules, settings.templates)
        bundle = playbooks.gather(*folders)
        playbook, layouts = playbooks.build(bundle), playbooks.layouts(bundle)
        self.open.enter_context(database.owned(settings.ledger))
        try:
            self.ledger = SqlLedger(settings.ledger)
            self.open.callback(self.ledger.close)
            database.whole(settings.ledger, self.ledger.database)
            self.leases = Leases(self.ledger.database, [box.name for box in settings.mailbox], clock)
            self.leases.take()
            self.open.callback(self._give_leases_back)
            self.restored = Restored(self.ledger.database)
            self.taken_back = self.restored.open(clock())
            self.copied_at = self.restored.copied_at()
            self.settings = settings = effective(settings, self.copied_at)
            limits = settings.limits
            self.outbox = SqlOutbox(
                self.ledger.database,
                retry_seconds=limits.send_retry_seconds,
                deadline_hours=limits.send_deadline_hours,
                # Without an archive there is nothing to wait for.
                term=timedelta(minutes=settings.smtp.in_doubt_minutes if settings.archive else 0),
            )
            reader = partial(_reader, settings)
            first = Edition(bundle, playbook, layouts, reader(bundle))
            self.editions = Editions(first, folders, reader, lambda fault: self._status())  # noqa: ARG005
            self.open.callback(self.editions.close)
        except BaseException:
            self.open.close()
            raise
        try:
            self._wire_facts(settings)
        except BaseException:
            self.open.close()
            raise
        self.profile_modes = ProfileModes(self.ledger.database)
        may = lambda: allowed(settings.mode, self.editions.current.playbook)  # noqa: E731
        self.alarms = Alarms(self.profile_modes, settings.modes.terms, may, self._status)
        self._wire_sending(settings)
        self.keys = Keys()
        self.workers = tuple(self._worker(box, listener) for box in settings.mailbox)
        self.watchers = tuple(
            Watcher(
                imap_account(box),
                box.folders[0],
                worker.wake,
                _report(box.name),
                round_seconds=settings.limits.idle_seconds,
            )
            for box, worker in zip(settings.mailbox, self.workers, strict=True)
            if box.idle
        )
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self.tracker: server.Kept | None = None

    # the service ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Returns once everything runs; the servers need not be there yet."""
        _rest_garbage()
        doubtful = self.outbox.recover(self.clock())
        if doubtful:
            log.trouble("outbox", f"{doubtful} acknowledgements are in doubt: {_what_follows(self.settings)}")
        self.tracker = self._serve_tracker()
        self.sender.start()
        self.archive.start()
        for worker in self.workers:
            worker.start()
            name = f"poll:{worker.story.house.mailbox}"
            self.scheduler.add_job(worker.wake, "interval", seconds=self.settings.limits.poll_seconds, id=name)
        for watcher in self.watchers:
            watcher.start()
        if self.watch.watched:
            self.scheduler.add_job(self.watch, "interval", seconds=WATCH_SECONDS, id="watch")
        self.scheduler.start()
        notify("READY=1")
        self._status()
        if self.copied_at is not None:
            log.restored(self.copied_at, self.taken_back)
        log.state("started", mode=self.settings.mode, mailboxes=len(self.workers))
        if self.settings.mode is Mode.SHADOW:
            log.state("shadow-mode", note="mail is read and judged; nothing is sent, nothing is moved")

    def stop(self) -> None:
        """Ends everything cleanly; the message that is on the wire is finished."""
        notify("STOPPING=1")
        for watcher in self.watchers:
            watcher.stop()
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)
        for worker in self.workers:
            worker.stop()
        self.sender.stop()
        self.archive.stop()
        if self.tracker is not None:
            self.tracker.stop()
        self.open.close()
        log.state("stopped")

    def reload(self) -> None:
        """Look at the playbook's files now, and take them if they are sound."""
        self.editions.look(at_once=True)
        for worker in self.workers:
            worker.wake()

    def contacted(self, timeout: float) -> bool:
        """Waits until every mailbox has been visited once: mail that comes from now on is answered."""
        deadline = time.monotonic() + timeout
        return all(worker.first.wait(max(0.0, deadline - time.monotonic())) for worker in self.workers)

    def wait(self, stopped: threading.Event) -> None:
        """Until ``stopped``, telling systemd that all is well and renewing the leases. Not jobs of the scheduler's:
        that goes by the clock, which may be put back. Raises LeaseLost when another process has taken over."""
        seconds = min(watchdog_seconds() or LEASE_SECONDS, LEASE_SECONDS)
        while not stopped.wait(seconds):
            self._renew()
            self.alarms.watch()
            self._alive()

    # one round --------------------------------------------------------------------------------------------------------

    def once(self) -> None:
        """One round over every mailbox in this thread: collect, decide, send, file. Raises MailboxError."""
        trouble: MailboxError | None = None
        self.outbox.recover(self.clock())
        self.watch()
        for worker in self.workers:
            try:
                worker.once()
                worker.story.slowly.all()
                self.sender.drain()
                self.archive.settle()
                worker.story.file()
            except MailboxError as error:
                trouble = trouble or error  # one server that is down keeps the others' mail back no more
            finally:
                worker.close()
        self.sender.transport.close()
        self.alarms.watch()
        if trouble is not None:
            raise trouble

    def close(self) -> None:
        """After ``once``."""
        self.open.close()

    # wiring -----------------------------------------------------------------------------------------------------------

    def _wire_sending(self, settings: Settings) -> None:
        """The one door, the sender behind it, and the search for what came into doubt."""
        self.door = Door(
            self.outbox,
            self.clock,
            settings.mode,
            settings.company.own_domains,
            Bounds(**settings.bounds.model_dump()),
            own=lambda message: self.profile_modes.of_mail(message.mail_id, settings.modes.terms),
        )
        self.archive = Archive(
            self.outbox,
            ImapMailbox(imap_account(settings.archive)) if settings.archive else None,
            settings.archive.folder if settings.archive else "",
            settings.smtp.in_doubt,
            done=self._answered,
            ready=self._send,
            clock=self.clock,
        )
        self.sender = Sender(
            self.outbox,
            smtp_transport(settings),
            self.door.ask,
            self._answered,
            self.clock,
            passed=self.door.passed,
            doubtful=self.archive.wake,
        )

    def _wire_facts(self, settings: Settings) -> None:
        """Our own tables, the files that they are imported from, and the sources outside. Raises ConfigError, and
        PlaybookError where the matrix waits for what nobody is asked for."""
        self.shelf = Shelf(self.ledger.database)
        self.facts = sources(settings.facts, self.shelf)
        self.open.callback(self.facts.close)
        self.editions.refuse = lambda playbook: unanswered(playbook.matrix, self.facts.kinds)
        if problem := self.editions.refuse(self.editions.current.playbook):
            raise PlaybookError(problem)
        self.watch = Watch(
            [
                Watched(one.kind, one.file, self.ledger.database, self.clock, timedelta(minutes=one.minutes))
                for one in settings.watch
            ]
        )

    def _worker(self, box: MailboxSettings, listener: Callable[[Handled], None] | None) -> Worker:
        own, mailbox, playbook = house(self.settings, box, self.ledger.secret), imap_mailbox(box), self.editions.current
        service = persons(
            self.settings, self.ledger, playbook.playbook, self.clock, self.shelf, self.sender.wake, self.facts
        )
        service.renewed(playbook.playbook, playbook.layouts)
        hands = Hands(own, mailbox, Sightings(self.ledger.database, self.clock), service)
        story = Story(
            house=own,
            playbook=playbook.playbook,
            mailbox=mailbox,
            hands=hands,
            ledger=self.ledger,
            reader=self.editions.current.reader,
            catalogue=self.shelf,
            facts=self.facts,
            clock=self.clock,
            token=partial(secrets.token_urlsafe, 16),
            answers=self.sender.wake,
            keys=self.keys,
            listener=listener or (lambda handled: None),  # noqa: ARG005
        )
        story.changed = partial(self.editions.changed, box.name)
        story.renew = partial(self._renewed, story, service)
        return Worker(story, _targets(self.settings, box), Backoff(random.random))

    def _renewed(self, story: Story, service: Persons) -> None:
        """The story, and what persons decide, go on with the playbook that counts now."""
        edition = self.editions.take(story.house.mailbox)
        story.playbook, story.reader = edition.playbook, edition.reader
        identity = replace(story.house.identity, layouts=edition.layouts)
        story.house = replace(story.house, identity=identity)
        service.renewed(edition.playbook, edition.layouts)

    def _status(self) -> None:
        """For `systemctl status`."""
        fault, lost = self.editions.fault, self.alarms.lost
        broken = f"; the playbook's files are broken, the old one is in force: {fault}" if fault else ""
        fallen = f"; taken back to draft by a contradiction: {', '.join(lost)}" if lost else ""
        notify(f"STATUS=mode {self.settings.mode}, {len(self.settings.mailbox)} mailboxes{broken}{fallen}")

    def _answered(self) -> None:
        for worker in self.workers:
            worker.answered()

    def _renew(self) -> None:
        try:
            self.leases.renew()
        except LeaseLost:
            raise  # nothing is left to be done here
        except Exception as error:
            # A full disk: there is time until the term is over, and nobody else may want the lease.
            log.trouble("lease", f"{type(error).__name__}: {error}")

    def _give_leases_back(self) -> None:
        with contextlib.suppress(Exception):  # it ends by itself
            self.leases.release()

    def _send(self) -> None:
        self.sender.wake()

    def _alive(self) -> None:
        now = time.monotonic()
        beats = [worker.heartbeat for worker in self.workers]
        beats += [watcher.alive for watcher in self.watchers] + [self.sender.heartbeat, self.archive.heartbeat]
        if all(now - beat < STUCK for beat in beats):
            notify("WATCHDOG=1")

    def _serve_tracker(self) -> server.Kept | None:
        settings = self.settings.tracker
        if settings.url is None or settings.pixel == "off":
            return None
        openings = Openings(self.ledger.database)
        self.open.callback(openings.close)
        host, _, port = settings.listen.rpartition(":")
        return server.Kept(tracker.app(openings.record), host, int(port))


def _reader(settings: Settings, bundle: playbooks.Bundle) -> Reader:
    limits = settings.limits
    bounds = Limits(limits.read_cpu_seconds, limits.read_seconds, limits.read_memory_mb * 2**20)
    return ChildReader(bundle, children=limits.readers, limits=bounds)


def _rest_garbage() -> None:
    """What lives for ever is looked at no more, and the rest seldom: a batch makes many objects and hardly a cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 50)


def persons(
    settings: Settings,
    ledger: SqlLedger,
    playbook: Playbook,
    clock: Callable[[], datetime],
    catalogue: Callable[[], Catalogue],
    answers: Callable[[], None] = lambda: None,
    facts: Facts | None = None,
) -> Persons:
    """The decision service for every mailbox. ``facts``: the sources outside."""
    return Persons(
        houses={box.name: house(settings, box, ledger.secret) for box in settings.mailbox},
        playbook=playbook,
        ledger=ledger,
        cases=Rulings(ledger.database),
        catalogue=catalogue,
        clock=clock,
        token=partial(secrets.token_urlsafe, 16),
        answers=answers,
        facts=facts or Nobody(),
    )


def effective(settings: Settings, copied_at: datetime | None) -> Settings:
    """The settings that count: a ledger that is a restored backup (``copied_at``) does not know what was answered
    since, so that the mode is draft at most, whatever the configuration says, until it is reconciled."""
    if copied_at is None or settings.mode is not Mode.AUTO:
        return settings
    return settings.model_copy(update={"mode": Mode.DRAFT})


def _what_follows(settings: Settings) -> str:
    if settings.archive is not None:
        return "they are looked for in the archive"
    return "a person looks at their mails" if settings.smtp.in_doubt == "park" else "they are sent again"


def _targets(settings: Settings, box: MailboxSettings) -> tuple[str, ...]:
    """The folders that mail is moved to; shadow mode moves nothing and makes none."""
    if settings.mode is Mode.SHADOW:
        return ()
    return box.written


def _report(mailbox: str) -> Callable[[str, str], None]:
    def say(level: str, sentence: str) -> None:
        log.watcher(mailbox, level, sentence)

    return say
