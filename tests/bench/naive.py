"""The loop that a competent person writes in an afternoon with imap-tools: fetch, regex, reply, move.

``python -m tests.bench.naive IMAP_PORT USER PASSWORD SMTP_PORT``. It keeps its SMTP connection, and catches what arrives
while it works by fetching again after every round of IDLE. It judges nothing and writes nothing down.
"""

import re
import smtplib
import sys
import threading
from email.message import EmailMessage

from imap_tools import MailBoxUnencrypted

from tests.bench.worker import serve

PO_NUMBER = re.compile(r"PO number:\s*(\S+)")
LINE = re.compile(r"^([A-Z]{2}-\d+)\s+(.+?)\s+(\d+)\s+([\d.,]+)\s+([\d.,]+)\s*$", re.MULTILINE)


class Naive:
    def __init__(self, imap_port: int, user: str, password: str, smtp_port: int) -> None:
        self._imap_port, self._user, self._password, self._smtp_port = imap_port, user, password, smtp_port
        self._stopped = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopped.clear()
        self._looked.clear()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._looked.wait(60)

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with (
            MailBoxUnencrypted("127.0.0.1", self._imap_port).login(self._user, self._password) as mailbox,
            smtplib.SMTP("127.0.0.1", self._smtp_port, local_hostname="bench") as smtp,
        ):
            if not mailbox.folder.exists("Processed"):
                mailbox.folder.create("Processed")
            while not self._stopped.is_set():
                for message in mailbox.fetch(mark_seen=False):
                    found = PO_NUMBER.search(message.text)
                    if found:
                        smtp.send_message(self._reply(message, found[1]))
                        mailbox.move(message.uid, "Processed")
                self._looked.set()
                mailbox.idle.wait(timeout=1)

    @staticmethod
    def _reply(message, po_number: str) -> EmailMessage:
        reply = EmailMessage()
        reply["From"] = "orders@bench.example"
        reply["To"] = message.from_
        reply["Subject"] = f"Re: {message.subject}"
        reply["In-Reply-To"] = message.headers["message-id"][0].strip()
        lines = "\n".join(f"{sku}  {text}  {quantity}" for sku, text, quantity, _, _ in LINE.findall(message.text))
        reply.set_content(f"Thank you for your order {po_number}.\n\n{lines}\n")
        return reply


if __name__ == "__main__":
    serve(Naive(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
