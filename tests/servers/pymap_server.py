"""pymap with one empty account, in this process: the demo's own server, for machines without Dovecot."""

import contextlib
from collections.abc import Iterator

from maildaemon.demo.servers import Account, ImapServer


@contextlib.contextmanager
def pymap_server(user: str = "orders") -> Iterator[Account]:
    with ImapServer(user) as server:
        yield server.account
