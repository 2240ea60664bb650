"""What the two servers and the network cost at least: batches of 50, a regex, a formed answer; nothing judged or kept.

``python -m tests.bench.floor IMAP_PORT USER PASSWORD SMTP_PORT``. It makes one pass over INBOX per start.
"""

import re
import smtplib
import socket
import sys

from imapclient import IMAPClient

from tests.bench.worker import serve

BATCH = 50
HEAD = re.compile(
    rb"^(From: [^\r\n<]*<(?P<sender>[^>\r\n]+)>|Message-ID: (?P<id>\S+)|PO number: (?P<po>\S+))\r$", re.MULTILINE
)


class Floor:
    def __init__(self, imap_port: int, user: str, password: str, smtp_port: int) -> None:
        self._imap_port, self._user, self._password, self._smtp_port = imap_port, user, password, smtp_port

    def start(self) -> None:
        with (
            IMAPClient("127.0.0.1", self._imap_port, ssl=False) as client,
            smtplib.SMTP("127.0.0.1", self._smtp_port, local_hostname="bench") as smtp,
        ):
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.login(self._user, self._password)
            if not client.folder_exists("Processed"):
                client.create_folder("Processed")
            client.select_folder("INBOX")
            uids = client.search("ALL")
            for start in range(0, len(uids), BATCH):
                batch = uids[start : start + BATCH]
                for row in client.fetch(batch, ["BODY.PEEK[]"]).values():
                    self._answer(smtp, row[b"BODY[]"])
                client.move(batch, "Processed")

    def stop(self) -> None:
        pass

    @staticmethod
    def _answer(smtp: smtplib.SMTP, raw: bytes) -> None:
        found = {key: value for match in HEAD.finditer(raw) for key, value in match.groupdict().items() if value}
        text = (
            b"From: orders@bench.example\r\nTo: %(sender)s\r\nSubject: Re: %(po)s\r\nIn-Reply-To: %(id)s\r\n\r\n"
            b"Thank you for your order %(po)s.\r\n"
        ) % {key.encode(): value for key, value in found.items()}
        smtp.sendmail("orders@bench.example", [found["sender"].decode()], text)


if __name__ == "__main__":
    serve(Floor(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
