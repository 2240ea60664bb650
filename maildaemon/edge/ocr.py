"""Tesseract as a limited process of its own, where it is installed: a picture in, its TSV out."""

import contextlib
import math
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache, partial

SECONDS, PAGES = 12.0, 6
ALL_SECONDS = 24.0
"""CPU seconds for one page; for all pages of one mail, which are at most PAGES. CPU time, for whether a scan is read
must not hang on what else the machine does."""
PATIENCE = 4
"""How many times longer it may last by the clock."""
MEMORY = 768 * 2**20
_WANTED = ("eng", "deu", "fra", "spa", "ita", "nld")


def installed() -> str | None:
    """The path of the program."""
    return shutil.which("tesseract")


@cache
def languages(program: str) -> tuple[str, ...]:
    """Those of ours that it has."""
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    have = set(listed.stdout.split())
    return tuple(language for language in _WANTED if language in have)


def missing(program: str) -> tuple[str, ...]:
    """Those of ours that it lacks."""
    return tuple(language for language in _WANTED if language not in languages(program))


class Machine:
    """Reads the pictures of one mail, within bounds on their number and on the CPU seconds that all take. ``asked``
    says whether any was handed over."""

    def __init__(self, program: str | None, *, pages: int = PAGES, seconds: float = ALL_SECONDS) -> None:
        self.program, self.left = program, pages
        self.seconds = seconds
        self.asked = False

    def tsv(self, picture: Callable[[], bytes]) -> str | None:
        """The picture is made when it is wanted. None where the program is not installed, fails, takes too long, or the
        bounds are reached."""
        self.asked = True
        if self.program is None or self.left <= 0 or self.seconds < 1:
            return None
        self.left -= 1
        begun, spent = time.monotonic(), _spent()
        try:
            return _run(self.program, picture(), min(SECONDS, self.seconds))
        finally:
            # The clock counts too: the time of a process that could not be ended yet is in no account.
            self.seconds -= max(_spent() - spent, (time.monotonic() - begun) / PATIENCE)


def _spent() -> float:
    """CPU seconds of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(program: str, picture: bytes, seconds: float) -> str | None:
    """Page segmentation mode 4: one column of text of varying sizes, which finds the rows of a table where mode 6 finds
    none. The process dies with its time, and with that of whoever started it: they share a process group."""
    spoken = "+".join(languages(program)) or "eng"
    command = [program, "stdin", "stdout", "--psm", "4", "-l", spoken, "tsv"]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # a confined process may not open the null device to write
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
            preexec_fn=partial(_limit, seconds),  # noqa: PLW1509  (the reading child has one thread)
        ) as process:
            try:
                told, _ = process.communicate(picture, timeout=seconds * PATIENCE)
            except BaseException:
                # A confined process may not even end its own child: then the limit on its time does.
                with contextlib.suppress(PermissionError):
                    process.kill()
                raise
    except (OSError, subprocess.SubprocessError):
        return None
    return told.decode("utf-8", "replace") if process.returncode == 0 else None


def _limit(seconds: float) -> None:
    """In the new process, before it is tesseract."""
    for what, most in (
        (resource.RLIMIT_CPU, math.ceil(seconds)),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        low = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (low, low))
