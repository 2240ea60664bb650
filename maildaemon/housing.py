"""The settings as the rules of one mailbox's house."""

from maildaemon.house import House
from maildaemon.reply import Identity
from maildaemon.settings import Settings
from maildaemon.settings_accounts import MailboxSettings
from maildaemon.stand import Stand


def house(settings: Settings, box: MailboxSettings, secret: bytes) -> House:
    """One mailbox's plain data out of the settings."""
    company, limits = settings.company, settings.limits
    return House(
        mailbox=box.name,
        folders=box.watched,
        identity=identity_of(settings),
        stand=Stand(
            name=settings.company.name,
            own_domains=company.own_domains,
            own_addresses=frozenset(address.lower() for address in box.addresses),
            authserv_id=box.authserv_id,
            secret=secret,
            above=box.authserv_above,
            tenant=box.m365_tenant,
            dkim=box.verify_dkim,
            unproven=box.unproven,
        ),
        targets=box.targets,
        approved=box.approved,
        mode=settings.mode,
        terms=settings.modes.terms,
        junk=box.junk,
        pixel=settings.tracker.pixel,
        answer_existing=box.answer_existing,
        mail_bytes=limits.mail_bytes,
        batch=limits.batch,
        batch_bytes=limits.batch_bytes,
        attempts=limits.attempts,
    )


def identity_of(settings: Settings) -> Identity:
    company = settings.company
    return Identity(
        name=company.name,
        address=company.address,
        contact=company.contact,
        language=company.language,
        tracker_url=settings.tracker.url,
        envelope_from=settings.smtp.envelope_from,
    )
