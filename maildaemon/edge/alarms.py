"""Alarms: what the log says of profiles whose mode has changed, or that have earned ``auto``, each thing once."""

from collections.abc import Callable, Mapping

from maildaemon import log
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.model import Mode
from maildaemon.modes import Terms
from maildaemon.record import proposal


class Alarms:
    """Used by one thread. ``allowed``: what settings and matrix allow each profile now; ``told`` is
    called when other profiles than before have lost ``auto``."""

    def __init__(
        self,
        modes: ProfileModes,
        terms: Terms,
        allowed: Callable[[], Mapping[str, Mode]],
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.profile_modes, self.terms, self.allowed, self.told = modes, terms, allowed, told
        self.seen = 0
        self.lost: tuple[str, ...] = ()

    def watch(self) -> None:
        """Look, whatever becomes of it: a command, or another process, may have written something down."""
        try:
            if self.look() is not None:
                self.told()
        except Exception as error:
            log.trouble("modes", f"{type(error).__name__}: {error}")

    def fallen(self) -> tuple[str, ...]:
        """The profiles that have lost ``auto``, until a person sets their mode."""
        return tuple(one.profile for one in self.profile_modes.current() if one.fell)

    def look(self) -> tuple[str, ...] | None:
        """Tell what is new. Returns the fallen profiles; None: they are the same as at the last look."""
        news = self.profile_modes.untold()
        for _, one in news:
            if one.fell:
                log.fell_back(one.profile, one.why)
            else:
                log.mode_set(one.profile, one.mode, one.actor, overruled=one.overruled)
        if news:
            self.profile_modes.told([number for number, _ in news])
        newest = self.profile_modes.newest()
        if newest != self.seen:
            self.seen = newest
            self._propose()
        before, self.lost = self.lost, self.fallen()
        return self.lost if self.lost != before else None

    def _propose(self) -> None:
        for record in self.profile_modes.records(self.terms, self.allowed(), Mode.SHADOW):
            sentence = proposal(record, self.terms)
            if sentence is None or record.look is None:
                continue
            if self.profile_modes.propose(record.profile, record.look.decisions):
                log.earned_auto(record.profile, sentence)
