"""The zygote: a process without threads that has everything imported, and forks victims, commands and reading children."""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass, field

HIGHEST = 4096
PRELOADED = (
    "maildaemon.cli", "maildaemon.daemon", "maildaemon.edge.child", "maildaemon.edge.tables", "alembic.ddl.sqlite",
    "alembic.autogenerate", "logging.config", "sqlalchemy.dialects.sqlite", "tests.campaign.victim", "tests.campaign.seams",
    "tests.campaign.sabotage", "email.mime.text", "encodings.idna", "apscheduler.triggers.interval",
)  # fmt: skip


@dataclass
class Forked:
    pid: int
    tag: str
    owned: bool
    """Whether it is killed when the one who asked for it goes away: a program is, its reading child is not."""
    asker: socket.socket | None


@dataclass
class Zygote:
    listener: socket.socket
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    living: dict[int, Forked] = field(default_factory=dict)
    """By the pidfd."""

    def serve(self) -> None:
        """Until standard input ends."""
        self.selector.register(0, selectors.EVENT_READ, self.end)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)

    def end(self, _: object) -> None:
        for one in self.living.values():
            os.kill(one.pid, signal.SIGKILL)
        os._exit(0)

    def accept(self, _: object) -> None:
        asker, _ = self.listener.accept()
        self.selector.register(asker, selectors.EVENT_READ, self.asked)

    def asked(self, asker: socket.socket) -> None:
        try:
            text, descriptors, _, _ = socket.recv_fds(asker, 1 << 20, 3)
        except ConnectionError:
            text = b""
        if not text:
            self.left(asker)
            return
        wish = json.loads(text)
        if "signal" in wish:
            for one in self.living.values():
                if one.asker is asker:
                    os.kill(one.pid, wish["signal"])
        elif "living" in wish:
            found = [one.pid for one in self.living.values() if one.tag == wish["living"]]
            said(asker, json.dumps(found))
        else:
            self.fork(asker, wish, descriptors)

    def left(self, asker: socket.socket) -> None:
        self.selector.unregister(asker)
        asker.close()
        for one in self.living.values():
            if one.asker is asker:
                one.asker = None
                if one.owned:
                    os.kill(one.pid, signal.SIGKILL)

    def fork(self, asker: socket.socket, wish: dict, descriptors: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self.become(wish, descriptors)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        for each in descriptors:
            os.close(each)
        handle = os.pidfd_open(pid)
        self.living[handle] = Forked(pid, wish["tag"], wish["do"] != "child", asker)
        self.selector.register(handle, selectors.EVENT_READ, self.over)
        said(asker, str(pid))

    def over(self, handle: int) -> None:
        one = self.living.pop(handle)
        self.selector.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(one.pid, 0)
        if one.asker is not None:
            said(one.asker, str(os.waitstatus_to_exitcode(status)))

    def become(self, wish: dict, descriptors: list[int]) -> None:
        """In the forked process. Never returns."""
        code = 70
        try:
            os.setpgid(0, 0)
            # Given up without closing them: a finalizer could close a number that means something else by then.
            for key in list(self.selector.get_map().values()):
                if isinstance(key.fileobj, socket.socket):
                    key.fileobj.detach()
            for number, each in enumerate(descriptors):
                os.dup2(each, number)
            os.closerange(3, HIGHEST)
            from tests.campaign import victim

            code = {"victim": victim.run, "command": victim.command, "child": victim.child}[wish["do"]](wish)
        except BaseException as error:
            code = victim.failed(error)
        finally:
            os._exit(code)


def said(asker: socket.socket, text: str) -> None:
    with contextlib.suppress(OSError):  # a victim that asked for a child may have been killed since
        asker.send(text.encode())


def warm() -> None:
    """What is made once and kept, by the judging part and by the reading one, is made before anything is forked."""
    from maildaemon.edge import forkserver, playbooks
    from maildaemon.parse.labels import labels
    from maildaemon.understand import understand

    forkserver.preload()
    playbook = playbooks.load()
    for profile in playbook.profiles:
        labels(profile)
    understand(forkserver.ORDER, playbook)


def main() -> None:
    path = sys.argv[1]
    for name in PRELOADED:
        importlib.import_module(name)
    warm()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen(64)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    Zygote(listener).serve()


if __name__ == "__main__":
    main()
