"""Is the sender who it says it is?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.model import Mail
from maildaemon.stand import Stand
from maildaemon.trust import sender_doubts as doubts_of

US = "mx.brightwater.example"
OURS = ("received", f"from mail.kestrel.example (mail.kestrel.example [192.0.2.1]) by {US} with ESMTPS; x")
THEIRS = ("received", "from laptop by mail.kestrel.example with ESMTPSA; x")
PASS = f"{US}; dmarc=pass (p=reject) header.from=kestrel.example"


def mail(*headers, sender="tom@kestrel.example", **fields) -> Mail:
    return Mail("a" * 64, 1, sender=sender, headers=headers, **fields)


def sender_doubts(mail, authserv_id, **stand):
    """The reasons alone."""
    return tuple(one.reason for one in doubts_of(mail, Stand(authserv_id=authserv_id, **stand)))


def results(value):
    return ("authentication-results", value)


def test_a_plain_mail_is_not_doubted_where_no_proof_is_asked_for():
    assert sender_doubts(mail(OURS, THEIRS, results("forged.example; dmarc=fail")), None) == ()


@pytest.mark.parametrize("headers", [(results(PASS), OURS, THEIRS), (OURS, results(PASS), THEIRS)])
def test_a_proved_sender_is_not_doubted(headers):
    assert sender_doubts(mail(*headers), US) == ()


@pytest.mark.parametrize(
    "value",
    [
        f"{US}; dkim=pass header.d=kestrel.example",
        f"{US}; dkim=pass header.i=@mail.kestrel.example header.s=a; dkim=fail header.d=list.example",
        f"{US} 1; dmarc=none; spf=pass smtp.mailfrom=bounce@mail.kestrel.example",
        f"{US};\r\n\tdmarc=pass (p=REJECT sp=NONE) header.from=kestrel.example",
    ],
)
def test_an_aligned_signature_or_path_proves_it_as_well(value):
    assert sender_doubts(mail(results(value), OURS), US) == ()


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ((OURS,), "nothing proves the sender"),
        ((OURS, results("other.example; dmarc=pass header.from=kestrel.example")), "nothing proves the sender"),
        ((OURS, THEIRS, results(PASS)), "nothing proves the sender"),
        ((results(f"{US}; dmarc=fail header.from=kestrel.example"), OURS), "DMARC says fail"),
        ((results(f"{US}; dmarc=temperror header.from=kestrel.example"), OURS), "DMARC says temperror"),
        ((results(PASS), results(f"{US}; dmarc=fail header.from=kestrel.example"), OURS), "DMARC says fail"),
        ((results(f"{PASS}; dmarc=fail header.from=kestrel.example"), OURS), "DMARC says fail"),
        ((results(f"{US}; dmarc=pass header.from=evil.example"), OURS), "DMARC was checked for evil.example"),
        ((results(f"{US}; dmarc=pass"), OURS), "does not say for which domain"),
        ((results(f"{US}; none"), OURS), "neither DMARC nor"),
        ((results(f"{US}; dkim=pass header.d=evil.example"), OURS), "neither DMARC nor"),
        ((results(f"{US}; spf=pass smtp.helo=kestrel.example"), OURS), "neither DMARC nor"),
        ((results(f"{US}; dkim=pass header.d=kestrel.example; dkim=fail header.d=kestrel.example"), OURS), "neither"),
        ((results(f'{US}; dkim=pass header.d="x; dmarc=pass header.from=kestrel.example"'), OURS), "neither"),
        ((results(f"{US}; {'(' * 2000}"), OURS), "cannot be read"),
        ((results(f"{US}; dmarc=pass header.from=kestrel.example; {'x' * 5000}"), OURS), "cannot be read"),
        ((results(f"{US}; what is this"), OURS), "cannot be read"),
        ((results(PASS), OURS, ("dkim-signature", "v=1; a=rsa-sha256; l=20; d=kestrel.example")), "tag l="),
    ],
)
def test_what_proves_nothing_is_a_doubt(headers, word):
    assert word in " ".join(sender_doubts(mail(*headers), US))


M365 = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=kestrel.example; dkim=pass (signature was verified) "
M365 += "header.d=kestrel.example;dmarc=pass action=none header.from=kestrel.example;compauth=pass reason=100"
HOP = (
    "received",
    "from DB5EUR01FT049.eop-EUR01.prod.protection.outlook.com (2603::1) by DU2P.outlook.office365.com; x",
)
INNER = ("received", "from DU2P.eurprd04.prod.outlook.com by AM9P.eurprd04.prod.outlook.com with HTTPS; x")
EDGE = ("received", "from mail.kestrel.example (192.0.2.1) by DB5EUR01FT049.mail.protection.outlook.com; x")


def test_microsoft_365_is_believed_in_its_own_place_only():
    assert sender_doubts(mail(INNER, HOP, results(M365), EDGE), "m365") == ()
    for forged in (
        (EDGE, results(M365)),
        (results(M365),),
        (HOP, EDGE, results(M365)),
        (THEIRS, HOP, results(M365)),
        (HOP, results(PASS), EDGE),
    ):
        assert sender_doubts(mail(*forged), "m365")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"sender_name": "boss@osprey.example"}, "shows the address boss@osprey.example"),
        ({"sender_name": "Boss (osprey.com)"}, "shows the domain osprey.com"),
        ({"reply_to": ("x@osprey.example",)}, "asked to go to x@osprey.example"),
        ({"reply_to": ("x",)}, "asked to go to x"),
        ({"defects": ("two From headers",)}, "two From headers"),
        ({"sender": None}, "no sender"),
        ({"sender": "tom"}, "no domain"),
        ({"sender": "tom@gmail.com", "reply_to": ("tim@gmail.com",)}, "asked to go to tim@gmail.com"),
    ],
)
def test_a_head_that_deceives_is_a_doubt(fields, word):
    assert word in " ".join(sender_doubts(mail(OURS, **fields), None))


@pytest.mark.parametrize("name", ["from", "subject", "reply-to", "message-id"])
def test_a_header_that_stands_twice_is_a_doubt(name):
    assert "more than one" in " ".join(sender_doubts(mail((name, "a"), (name, "b")), None))


@pytest.mark.parametrize(
    "fields",
    [
        {"sender_name": "Tom O'Neill, B.Sc. (Kestrel Inc.)"},
        {"sender_name": "tom@kestrel.example"},
        {"sender_name": "Kestrel.example orders"},
        {"reply_to": ("orders@mail.kestrel.example",)},
        {"sender": "tom@gmail.com", "reply_to": ("Tom@gmail.com",)},
    ],
)
def test_an_honest_head_is_not_doubted(fields):
    assert sender_doubts(mail(OURS, **fields), None) == ()


@given(st.text(max_size=200), st.text('();=" a.@\\', max_size=200), st.text(max_size=60))
def test_doubting_never_raises(value, marks, name):
    head = (("received", value), results(value), results(f"{US}; {marks}"), ("dkim-signature", marks))
    for authserv_id in (US, "m365", value, None):
        sender_doubts(mail(*head, sender_name=name, sender=f"a@{name}", reply_to=(value,)), authserv_id)
