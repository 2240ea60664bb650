"""The whole daemon against Dovecot and an SMTP sink: that an order came before is said once."""

import email
import email.policy
import random
from email.message import EmailMessage

import pytest

from maildaemon.desk import MailState
from tests.e2e.mails import text_order
from tests.e2e.test_dovecot import all_states, config, raws, running, states, until
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot


@pytest.fixture
def servers(tmp_path):
    with dovecot() as server, smtp_sink() as sink:
        yield server, sink


def resent(raw: bytes, number: int) -> bytes:
    """The same order in another mail."""
    made = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    made.replace_header("Message-ID", f"<again.{number}@mail.example>")
    return made.as_bytes()


def test_an_order_sent_three_times_more_is_said_to_have_come_before_exactly_once(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink)
    order = text_order(4711, random.Random(7))
    with running(settings):
        server.deliver(order.raw)
        until(lambda: states(settings).get(order.message_id) == MailState.ACKNOWLEDGED)
        server.deliver_all([resent(order.raw, number) for number in (1, 2)])
        until(lambda: sorted(all_states(settings)) == [MailState.ACKNOWLEDGED, *[MailState.IGNORED] * 2])
    # A restart forgets nothing of it.
    with running(settings):
        server.deliver(resent(order.raw, 3))
        until(lambda: sorted(all_states(settings)) == [MailState.ACKNOWLEDGED, *[MailState.IGNORED] * 3])
        assert len(server.folder(name="Processed")) == 4
    acknowledged, repeated = (email.message_from_bytes(raw, policy=email.policy.default) for raw in raws(sink))
    assert acknowledged["Message-ID"].startswith("<ack.")
    assert repeated["Message-ID"].startswith("<repeat.")
    assert repeated["In-Reply-To"].startswith("<again.")
    assert repeated["X-Maildaemon-Id"] == acknowledged["X-Maildaemon-Id"], "our reference is that of the first"
    text = repeated.get_body(("plain",)).get_content()
    assert order.po_number in text
    assert "unchanged" in text
