"""The fork server: a process without threads that has every parser loaded, and forks the reading children.

A child is there in milliseconds, has no memory of the daemon's, and shares the parsers' with its siblings. When the
daemon ends, however it ends, the server sees the end of their line, and its children are killed as it goes.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys

import maildaemon.parse
import maildaemon.read
from maildaemon.edge import child, confined, frames, playbooks
from maildaemon.parse.labels import labels
from maildaemon.playbook import Playbook
from maildaemon.strict import PlaybookError
from maildaemon.understand import understand

HIGHEST = 1024
PRELOADED = (
    "pdfplumber.pdf",
    "asn1crypto.cms", "charset_normalizer", "docx.oxml.parser", "encodings.idna", "PIL.Image",
    "PIL.ImageOps", "pypdfium2.raw", "python_calamine",
)  # fmt: skip
"""What the readers load only when they need it. Not all of it need be installed; openpyxl, slow to load, is the second
reader of a spreadsheet that has ended its first."""


ORDER = b"From: a@client.example\r\nSubject: Purchase order 1\r\n\r\nPO number: 1\r\n\r\n1 x W-1 @ EUR 1.00\r\n"
"""One that anybody could send: to read it makes what is made once and kept, tables of labels and compiled patterns."""


def main() -> None:
    """``python -m maildaemon.edge.forkserver FD``: the number of the line to the daemon (SOCK_SEQPACKET), on which it
    answers ``ready``, or ``unconfined`` where the kernel has no filter for its children. On standard input one frame:
    the playbook's files and the limits as JSON. Then on the line:

    - ``fork`` with two descriptors, the child's input and output: its process id;
    - ``reap`` and a process id: its exit status, ``-`` while it lives. Until then the process id stays taken.

    An answer ``!`` and a number is an error of the system's."""
    preload()
    try:
        wanted = json.loads(frames.read(sys.stdin.buffer))
    except frames.FrameError:
        return  # the daemon ended as soon as it had begun
    playbook = playbooks.for_reading(playbooks.Bundle(wanted["parsers"], wanted["rules"]))
    for profile in playbook.profiles:
        labels(profile)
    understand(ORDER, playbook)
    confined.without_network()
    gc.collect()
    gc.freeze()  # the playbook and the libraries live as long as the process, and their pages are shared
    with socket.socket(fileno=int(sys.argv[1])) as line:
        line.send(b"ready" if confined.works() else b"unconfined")
        serve(line, playbook, child.Limits(**wanted["limits"]))


def preload() -> None:
    for package in (maildaemon.read, maildaemon.parse):
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            importlib.import_module(found.name)
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(line: socket.socket, playbook: Playbook, limits: child.Limits) -> None:
    """Until the daemon is gone."""
    while True:
        try:
            text, descriptors, _, _ = socket.recv_fds(line, 64, 2)
            if not text:
                return
            try:
                if text == b"fork":
                    answer = str(_fork(line, descriptors, playbook, limits))
                else:
                    answer = _reaped(int(text.removeprefix(b"reap ")))
            except OSError as error:
                answer = f"!{error.errno}"
            for each in descriptors:
                os.close(each)
            line.send(answer.encode())
        except ConnectionError:
            return


def _fork(line: socket.socket, descriptors: list[int], playbook: Playbook, limits: child.Limits) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        line.detach()
        os.setsid()
        confined.end_with(parent)
        for number, each in enumerate(descriptors):
            os.dup2(each, number)
        os.closerange(3, HIGHEST)
        child.serve(playbook, limits)
        code = 0
    finally:
        os._exit(code)


def _reaped(pid: int) -> str:
    found, status = os.waitpid(pid, os.WNOHANG)
    return str(os.waitstatus_to_exitcode(status)) if found else "-"


if __name__ == "__main__":
    try:
        main()
    except PlaybookError as error:
        sys.exit(str(error))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
