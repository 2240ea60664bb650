"""The accounts at mail servers that the settings name."""

from maildaemon.desk import Mailbox, Transport
from maildaemon.edge import credentials
from maildaemon.edge.imap import ImapAccount, ImapMailbox
from maildaemon.edge.smtp import SmtpAccount, SmtpTransport
from maildaemon.settings import Settings
from maildaemon.settings_accounts import ArchiveSettings, MailboxSettings

IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}


def imap_account(box: MailboxSettings | ArchiveSettings) -> ImapAccount:
    return ImapAccount(
        name=box.name if isinstance(box, MailboxSettings) else "archive",
        host=box.host,
        port=box.port or IMAP_PORTS[box.security],
        security=box.security,
        user=box.user or "",
        secret=credentials.of(box),
        auth="oauth2" if box.token_command else "password",
        connect_timeout=box.connect_timeout,
        read_timeout=box.read_timeout,
        ca_file=str(box.ca_file) if box.ca_file else None,
    )


def imap_mailbox(box: MailboxSettings) -> Mailbox:
    return ImapMailbox(imap_account(box))


def smtp_transport(settings: Settings) -> Transport:
    return SmtpTransport(smtp_account(settings))


def smtp_account(settings: Settings) -> SmtpAccount:
    smtp = settings.smtp
    return SmtpAccount(
        host=smtp.host,
        port=smtp.port or SMTP_PORTS[smtp.security],
        security=smtp.security,
        user=smtp.user,
        secret=credentials.of(smtp) if smtp.user else None,
        auth="oauth2" if smtp.token_command else "password",
        timeout=smtp.read_timeout,
        connect_timeout=smtp.connect_timeout,
        ca_file=smtp.ca_file,
        final_timeout=smtp.final_timeout,
        archive=settings.archive.address if settings.archive else None,
    )
