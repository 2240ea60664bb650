"""A real Dovecot in a temporary folder: IMAP, IMAP over TLS and LMTP on loopback, any user, one password."""

import contextlib
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_ports

PASSWORD = "secret"
MISSING = "Dovecot is not installed (apt-get install dovecot-imapd dovecot-lmtpd)"
# Shorter than most temporary folders: the path of a unix socket may have 108 bytes.
SHORT = "/tmp"

CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {t}/run
state_dir = {t}/state
log_path = {t}/dovecot.log
ssl = {ssl}
{ssl_keys}
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 64
default_vsz_limit = 0
first_valid_uid = 1
mail_location = maildir:{t}/mail/%n
mail_max_userip_connections = 100
mail_fsync = never
imap_idle_notify_interval = 2 mins
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={t}/home/%n allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  # No growing pauses after refused logins.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
protocol lmtp {{
  auth_username_format = %Ln
}}
{extra}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. ``ca_file`` is the certificate to trust, None without ``tls=True``."""

    folder_path: Path
    imap_port: int
    imaps_port: int
    lmtp_port: int
    ca_file: str | None
    host: str = "127.0.0.1"
    password: str = PASSWORD

    def deliver(self, raw: bytes, user: str = "orders", sender: str = "buyer@client.test") -> None:
        self.deliver_all([raw], user, sender)

    def deliver_all(self, raws: Iterable[bytes], user: str = "orders", sender: str = "buyer@client.test") -> None:
        """Over one LMTP connection."""
        with smtplib.LMTP(self.host, self.lmtp_port, timeout=20) as lmtp:
            for raw in raws:
                lmtp.sendmail(sender, [f"{user}@maildaemon.test"], raw)

    @contextlib.contextmanager
    def imap(self, user: str = "orders") -> Iterator[imaplib.IMAP4]:
        """Another program's connection, beside the one under test."""
        client = imaplib.IMAP4(self.host, self.imap_port, timeout=20)
        try:
            client.login(user, self.password)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def folder(self, user: str = "orders", name: str = "INBOX") -> list[bytes]:
        """The raw messages in a folder, in the order of their UIDs; none when there is no such folder."""
        return self.contents(user, [name])[name]

    def contents(self, user: str, names: Iterable[str]) -> dict[str, list[bytes]]:
        """The same of several folders, over one connection."""
        with self.imap(user) as client:
            return {name: self._raws(client, name) for name in names}

    @staticmethod
    def _raws(client: imaplib.IMAP4, name: str) -> list[bytes]:
        if client.select(_quoted(name), readonly=True)[0] != "OK":
            return []
        found = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        return [part[1] for part in found if isinstance(part, tuple)]

    def folders(self, user: str = "orders") -> set[str]:
        with self.imap(user) as client:
            lines = [line.decode() for line in client.list()[1] if isinstance(line, bytes)]
        return {line.rsplit(' "', 1)[1].split('" ', 1)[1].strip('"') for line in lines}

    def maildir(self, user: str = "orders") -> Path:
        return self.folder_path / "mail" / user

    def doveadm(self, *arguments: str) -> str:
        command = ["doveadm", "-c", str(self.folder_path / "dovecot.conf"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout

    def log(self) -> str:
        return (self.folder_path / "dovecot.log").read_text(errors="replace")


def installed() -> bool:
    return shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")) is not None


@contextlib.contextmanager
def dovecot(
    tmp: Path | None = None,
    *,
    capability: str | None = None,
    tls: bool = False,
    separator: str = "/",
    prefix: str = "",
    extra: str = "",
) -> Iterator[Dovecot]:
    """Start one. ``capability`` replaces the list that the server announces after login. ``tmp`` is used when its path
    is short enough for unix sockets."""
    own = tmp is None or len(str(tmp)) > 60
    folder = Path(tempfile.mkdtemp(prefix="md-", dir=SHORT)) if own else Path(str(tmp))
    ports = free_ports(3)
    ca_file = _certificate(folder) if tls else None
    if capability is not None:
        extra = f"imap_capability = {capability}\n{extra}"
    # Dovecot refuses mail users with uid 0, and drops to another user only as root.
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    config = CONFIG.format(
        t=folder, user=account.pw_name, group=_group(account.pw_gid), uid=account.pw_uid, gid=account.pw_gid,
        password=PASSWORD, separator=separator, prefix=prefix, extra=extra, ssl="yes" if tls else "no",
        ssl_keys=f"ssl_cert = <{folder}/cert.pem\nssl_key = <{folder}/key.pem" if tls else "",
        imap_port=ports[0], imaps_port=ports[1], lmtp_port=ports[2],
    )  # fmt: skip
    (folder / "dovecot.conf").write_text(config)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        for name in ("mail", "home"):
            (folder / name).mkdir()
            os.chown(folder / name, account.pw_uid, account.pw_gid)
    process = subprocess.Popen(
        [shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "dovecot", "-F", "-c", str(folder / "dovecot.conf")],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _wait(process, (ports[0], ports[2]), folder)
        yield Dovecot(folder, *ports, ca_file)
    finally:
        # An imap child in IDLE survives SIGTERM of its master, so the whole group goes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
        if own:
            shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], ports: tuple[int, ...], folder: Path) -> None:
    deadline = time.monotonic() + 60
    for port in ports:
        while True:
            if process.poll() is not None:
                said = process.stderr.read().decode() if process.stderr else ""
                log = folder / "dovecot.log"
                raise RuntimeError(f"Dovecot did not start: {said}{log.read_text() if log.exists() else ''}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise RuntimeError("Dovecot does not listen")
            time.sleep(0.01)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _certificate(folder: Path) -> str:
    """A self-signed certificate for localhost and 127.0.0.1."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return str(folder / "cert.pem")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
