"""The reading child: a process with limits that turns raw mail into Readings, and can do nothing else."""

import gc
import json
import os
import resource
import select
import sys
import threading
from typing import IO

import msgspec

from maildaemon.edge import frames, ocr, playbooks
from maildaemon.playbook import Playbook
from maildaemon.read import Care, Unreadable
from maildaemon.strict import PlaybookError
from maildaemon.understand import understand, understand_file

OPEN_FILES = 64


def main() -> None:
    """Frames in: the configuration as JSON, then one mail (``M`` and its bytes) or one file (``F``, its name, NUL, its
    bytes) each; ``W``, names of attempts parted by commas, NUL and such a request asks to do without them. Frames out:
    one Reading or failure each, as JSON, whose first byte tells which (``+`` read, ``!`` refused, ``?`` an error that
    says nothing about the mail); before it ``~`` and the name of each attempt that may end the process, and ``~`` alone
    when it is over (see maildaemon.read.care)."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    _end_with_the_daemon(source.fileno())
    try:
        wanted = json.loads(frames.read(source))
    except frames.FrameError:
        return  # the daemon ended as soon as it had begun
    playbook = playbooks.build(playbooks.Bundle(wanted["parsers"], wanted["rules"]))
    _limit(wanted["memory"])
    gc.freeze()  # the playbook and the libraries live as long as the process
    gc.set_threshold(50_000, 10, 50)
    frames.write(sink, b"+ready")
    encoder = msgspec.json.Encoder()
    while True:
        try:
            raw = frames.read(source)
        except frames.FrameError:
            return
        _cpu(wanted["cpu"])
        frames.write(sink, _answer(raw, playbook, encoder, sink))


def _end_with_the_daemon(pipe: int) -> None:
    """However the daemon ends, also in the middle of a mail that this process sleeps over: a thread waits for the pipe
    to lose its other end. Not PR_SET_PDEATHSIG: that comes when the thread ends that happened to start this process."""
    poller = select.poll()
    poller.register(pipe, 0)  # a pipe without its other end is told of unasked

    def wait() -> None:
        poller.poll()
        os._exit(0)

    threading.Thread(target=wait, name="daemon-is-there", daemon=True).start()


def _answer(request: bytes, playbook: Playbook, encoder: msgspec.json.Encoder, sink: IO[bytes]) -> bytes:
    without: frozenset[str] = frozenset()
    if request[:1] == b"W":
        names, _, request = request[1:].partition(b"\0")
        without = frozenset(names.decode("ascii").split(","))
    care = Care(
        without,
        lambda attempt: frames.write(sink, b"~" + attempt.encode("ascii")),
        ocr.tsv if ocr.installed() else None,
    )
    try:
        if request[:1] == b"M":
            return b"+" + encoder.encode(understand(request[1:], playbook, care))
        name, _, data = request[1:].partition(b"\0")
        return b"+" + encoder.encode(understand_file(name.decode("utf-8", "replace"), data, playbook, care))
    except Unreadable as error:
        return b"!" + str(error).encode("utf-8", "replace")[:1000]
    except MemoryError:
        return b"?it needs more memory than it may have"
    except RecursionError:
        return b"!it is nested too deeply"
    except Exception as error:
        return b"?" + f"an error of the reader: {type(error).__name__}: {error}".encode("utf-8", "replace")[:1000]


def _limit(memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(what, (most, most))


def _cpu(seconds: int) -> None:
    """The limit counts from the process's start: move it on for each mail."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    try:
        main()
    except PlaybookError as error:
        sys.exit(str(error))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
