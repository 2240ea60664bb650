"""The log: one function per business event, a fixed vocabulary that can be grepped."""

import json
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime

logger = logging.getLogger("maildaemon")
# Commands print what became of them themselves: nothing is logged unless `set_up` was called.
logger.addHandler(logging.NullHandler())
LENGTH = 300
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def safe(text: object, length: int = LENGTH) -> str:
    """Mail text as it may stand in a line of the log or of a terminal: no control or direction characters, bounded."""
    return UNSAFE.sub("?", str(text)[:length])


def _say(level: int, event: str, **facts: object) -> None:
    shown = {key: safe(value) for key, value in facts.items() if value is not None}
    logger.log(level, "%s", event, extra={"event": event, "facts": shown})


def first_contact(mailbox: str, folder: str, messages: int) -> None:
    _say(logging.INFO, "first-contact", mailbox=mailbox, folder=folder, messages=messages, answered="none of them")


def received(mail: str, mailbox: str, size: int) -> None:
    _say(logging.INFO, "received", mail=mail[:12], mailbox=mailbox, size=size)


def decided(
    mail_id: int,
    mailbox: str,
    kind: str,
    action: str,
    reason: str,
    *,
    sender: str | None = None,
    subject: str | None = None,
    orders: Sequence[str] = (),
    mode: str | None = None,
) -> None:
    """The one line by which an operator judges shadow mode: whose mail, which order, what would become of it, why, and
    how far that is followed."""
    whose = {"sender": sender, "subject": subject or None, "order": ", ".join(orders) or None}
    facts = {"mail_id": mail_id, "mailbox": mailbox, "kind": kind, "action": action, "mode": mode}
    _say(logging.INFO, "decided", **facts, **whose, why=reason)


def ruled(mail_id: int, mailbox: str, what: str, actor: str, via: str, *, refused: str | None = None) -> None:
    """A person has decided; ``refused``: why it took no effect."""
    level = logging.INFO if refused is None else logging.WARNING
    _say(level, "ruled", mail_id=mail_id, mailbox=mailbox, what=what, by=actor, via=via, refused=refused)


def contradicted(mail_id: int, profile: str, actor: str, what: str) -> None:
    """A person says that an acknowledgement was wrong, or would have been."""
    _say(logging.INFO, "contradicted", mail_id=mail_id, profile=profile, by=actor, what=what)


def fell_back(profile: str, why: str) -> None:
    """Somebody is to be woken: what was answered without a person waits for one from now on."""
    then = f"its answers are drafts; look why, then: maildaemon modes set {profile} draft|auto --by NAME --reason TEXT"
    _say(logging.CRITICAL, "fell-back", profile=profile, why=why, then=then)


def earned_auto(profile: str, sentence: str) -> None:
    _say(logging.INFO, "earned-auto", profile=profile, note=sentence)


def mode_set(profile: str, mode: str, actor: str, *, overruled: bool) -> None:
    note = "overruled: its record has not earned it" if overruled else None
    _say(logging.WARNING if overruled else logging.INFO, "mode-set", profile=profile, mode=mode, by=actor, note=note)


def sent(mail_id: int, message_id: str, recipient: str) -> None:
    _say(logging.INFO, "sent", mail_id=mail_id, message=message_id, to=recipient)


def not_sent(mail_id: int, message_id: str, state: str, response: str) -> None:
    _say(logging.WARNING, "not-sent", mail_id=mail_id, message=message_id, state=state, why=response)


def held_back(mail_id: int, message_id: str, reason: str) -> None:
    _say(logging.WARNING, "held-back", mail_id=mail_id, message=message_id, why=reason)


def held(mail_id: int, message_id: str, reason: str, until: datetime) -> None:
    when = until.astimezone(UTC).isoformat(timespec="seconds")
    _say(logging.WARNING, "held", mail_id=mail_id, message=message_id, why=reason, until=when)


def breaker(reason: str) -> None:
    """Somebody is to be woken: nothing is answered any more."""
    _say(logging.ERROR, "breaker", why=reason, then="every answer is held; look why, then: maildaemon review resume")


def uncopied(mail_id: int, message_id: str, response: str) -> None:
    _say(logging.WARNING, "uncopied", mail_id=mail_id, message=message_id, why=f"the archive took no copy: {response}")


def doubt(mail_id: int, message_id: str, step: str, reason: str) -> None:
    level = logging.WARNING if step == "park" else logging.INFO
    _say(level, "doubt", mail_id=mail_id, message=message_id, step=step, why=reason)


def filed(mailbox: str, count: int, folder: str) -> None:
    _say(logging.INFO, "filed", mailbox=mailbox, mails=count, to=folder)


def not_filed(mailbox: str, reason: str) -> None:
    _say(logging.WARNING, "not-filed", mailbox=mailbox, why=reason, then="tried again in a minute")


def shunted(mail: str, reason: str) -> None:
    _say(logging.ERROR, "shunted", mail=mail[:12], why=reason)


def server_down(server: str, reason: str) -> None:
    _say(logging.WARNING, "server-down", server=server, why=reason, then="tried again until it answers")


def server_up(server: str) -> None:
    _say(logging.INFO, "server-up", server=server)


def watcher(mailbox: str, level: str, sentence: str) -> None:
    _say(logging.INFO if level == "info" else logging.WARNING, "watcher", mailbox=mailbox, note=sentence)


def restored(copied_at: datetime, taken_back: int) -> None:
    facts = {"copy": f"{copied_at:%Y-%m-%dT%H:%M:%SZ}", "taken_back": taken_back or None}
    note = "the mode is draft at most until maildaemon audit --reconcile has found out what was answered since"
    _say(logging.WARNING, "restored-ledger", **facts, note=note)


def playbook_changed(was: str, now: str) -> None:
    _say(logging.INFO, "playbook-changed", was=was[:12], now=now[:12])


def playbook_kept(kept: str, reason: str) -> None:
    """Somebody has broken a file of the playbook: orders are judged as before."""
    _say(logging.ERROR, "playbook-broken", why=reason, then=f"the playbook {kept[:12]} stays in force")


def trouble(what: str, reason: str) -> None:
    _say(logging.ERROR, "trouble", what=what, why=reason)


def state(what: str, **facts: object) -> None:
    _say(logging.INFO, what, **facts)


class TextFormat(logging.Formatter):
    """``2026-11-23T09:50:01Z INFO decided mail=ab12cd34ef56 action=review why="…"``."""

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", {})
        rest = " ".join(f"{key}={json.dumps(v, ensure_ascii=False) if ' ' in v else v}" for key, v in facts.items())
        message = safe(record.getMessage())
        return f"{_time(record)} {record.levelname} {message} {rest}".rstrip()


class JsonFormat(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", {})
        return json.dumps({"at": _time(record), "level": record.levelname, "event": safe(record.getMessage()), **facts})


def set_up(form: str) -> None:
    """Log lines on standard error, the libraries' own only from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if form == "json" else TextFormat())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel(logging.INFO)
    for noisy in ("apscheduler", "mailparser", "imapclient", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
