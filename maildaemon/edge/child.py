"""The reading child: a process with limits that turns raw mail into Readings, and can do nothing else."""

import gc
import os
import resource
from dataclasses import dataclass
from typing import IO

import msgspec

from maildaemon.edge import confined, frames, ocr
from maildaemon.playbook import Playbook
from maildaemon.read import Care, Unreadable
from maildaemon.understand import understand, understand_file

OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Per mail: CPU and wall-clock seconds, the latter without those of the machine that reads scans; per child: bytes
    of address space."""

    cpu_seconds: int = 20
    wall_seconds: float = 30
    memory: int = 2**30


def serve(playbook: Playbook, limits: Limits) -> None:
    """Frames in, on descriptor 0: one mail (``M`` and its bytes) or one file (``F``, its name, NUL, its bytes) each;
    ``W``, names of attempts parted by commas, NUL and such a request asks to do without them; ``O`` before all that
    asks to let a machine read what is no text, which takes seconds. Frames out, on descriptor 1: one Reading or failure
    each, as JSON, whose first byte tells which (``+`` read, ``=`` read but for scans, for which ``O`` was not said,
    ``!`` refused, ``?`` an error that says nothing about the mail); before it ``~`` and the name of each attempt that
    may end the process, and ``~`` alone when it is over (see maildaemon.read.care). Returns when the input ends."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    programs = ocr.installed() is not None
    _limit(limits.memory, programs=programs)
    confined.confine(programs=programs)
    gc.set_threshold(50_000, 10, 50)
    encoder = msgspec.json.Encoder()
    while True:
        try:
            raw = frames.read(source)
            _cpu(limits.cpu_seconds)
            frames.write(sink, _answer(raw, playbook, encoder, sink))
        except (frames.FrameError, BrokenPipeError):
            return


def _answer(request: bytes, playbook: Playbook, encoder: msgspec.json.Encoder, sink: IO[bytes]) -> bytes:
    without: frozenset[str] = frozenset()
    program = ocr.installed()
    slowly = request[:1] == b"O"
    if slowly:
        request = request[1:]
    machine = ocr.Machine(program if slowly else None)
    if request[:1] == b"W":
        names, _, request = request[1:].partition(b"\0")
        without = frozenset(names.decode("ascii").split(","))
    care = Care(
        without,
        lambda attempt: frames.write(sink, b"~" + attempt.encode("ascii")),
        machine.tsv if program else None,
    )
    try:
        if request[:1] == b"M":
            reading = understand(request[1:], playbook, care)
        else:
            name, _, data = request[1:].partition(b"\0")
            reading = understand_file(name.decode("utf-8", "replace"), data, playbook, care)
        return (b"=" if machine.asked and not slowly else b"+") + encoder.encode(reading)
    except Unreadable as error:
        return b"!" + str(error).encode("utf-8", "replace")[:1000]
    except MemoryError:
        return b"?it needs more memory than it may have"
    except RecursionError:
        return b"!it is nested too deeply"
    except Exception as error:
        return b"?" + f"an error of the reader: {type(error).__name__}: {error}".encode("utf-8", "replace")[:1000]


def _limit(memory: int, *, programs: bool) -> None:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        # Processes are counted over all of the user's: a number that leaves room for one is not known here.
        **({} if programs else {resource.RLIMIT_NPROC: 0}),
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def _cpu(seconds: int) -> None:
    """The limit counts from the process's start: move it on for each mail."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
