"""Is the sender who it says it is?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.model import Action, Mail
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
TENANT = "0f5c5b9a-1c1e-4b5a-9a0e-3d0c7a1b2c3d"
# As Exchange Online writes them: the store, the mailbox server, the front end that the edge host handed it to.
STORE = (
    "received",
    (
        "from AM9PR04MB8211.eurprd04.prod.outlook.com (2603:10a6:20b:3e9::21) by DU2PR04MB9020.eurprd04.prod.outlook.com with "
        "HTTPS; Mon, 23 Nov 2026 09:50:04 +0000"
    ),
)
INNER = (
    "received",
    (
        "from DU2PR04CA0093.eurprd04.prod.outlook.com (2603:10a6:10:234::8) by AM9PR04MB8211.eurprd04.prod.outlook.com "
        "(2603:10a6:20b:3e9::21) with Microsoft SMTP Server (version=TLS1_2) id 15.20.9500.10; Mon, 23 Nov 2026 09:50:03 +0000"
    ),
)
HOP = (
    "received",
    (
        "from DB5PEPF00014B8A.eurprd02.prod.outlook.com (2603:10a6:10:234:cafe::7) by DU2PR04CA0093.outlook.office365.com "
        "(2603:10a6:10:234::8) with Microsoft SMTP Server via Frontend Transport; Mon, 23 Nov 2026 09:50:03 +0000"
    ),
)
OLDER_HOP = (
    "received",
    "from DB5PEPF00014B8A.eop-EUR02.prod.protection.outlook.com (2603:1) by DU2P.outlook.office365.com with x; x",
)
EDGE = (
    "received",
    (
        "from mail.kestrel.example (192.0.2.1) by DB5PEPF00014B8A.mail.protection.outlook.com (10.167.8.1) with Microsoft SMTP "
        "Server via Frontend Transport; Mon, 23 Nov 2026 09:50:03 +0000"
    ),
)
SPF = (
    "received-spf",
    "Pass (protection.outlook.com: domain of kestrel.example designates 192.0.2.1 as permitted sender)",
)
ATTRIBUTED = ("x-eoptenantattributedmessage", f"{TENANT}:0")
GENUINE = (STORE, INNER, HOP, results(M365), SPF, EDGE, THEIRS)


@pytest.mark.parametrize("hop", [HOP, OLDER_HOP])
def test_microsoft_365_is_believed_in_its_own_place(hop):
    headers = tuple(hop if one is HOP else one for one in GENUINE)
    assert sender_doubts(mail(*headers), "m365") == ()
    assert sender_doubts(mail(*headers, ATTRIBUTED), "m365", tenant=TENANT.upper()) == ()


OTHER_EDGE = ("received", EDGE[1].replace("DB5PEPF00014B8A", "SN1PEPF0002BA4F"))
EVIL_EDGE = ("received", "from x by DB5PEPF00014B8A.mail.protection.outlook.com.evil.example with x; x")
EVIL_HOP = ("received", "from DB5PEPF00014B8A.evil.example by DU2PR04CA0093.outlook.office365.com with x; x")
RELAY = ("received", "from DU2P.outlook.office365.com by relay.evil.example with SMTP; x")
OTHER_TENANT = ("x-eoptenantattributedmessage", "11111111-2222-3333-4444-555555555555:0")


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param((EDGE, results(M365)), id="below the edge"),
        pytest.param((results(M365),), id="without any hop"),
        pytest.param((results(M365), EDGE), id="without the hop above"),
        pytest.param((HOP, results(M365)), id="without the hop below"),
        pytest.param((STORE, INNER, HOP, EDGE, results(M365), THEIRS), id="in the mail when it came"),
        pytest.param((STORE, INNER, HOP, EDGE, HOP, results(M365), EDGE), id="with hops, in the mail when it came"),
        pytest.param((THEIRS, *GENUINE), id="a foreign host above"),
        pytest.param((RELAY, *GENUINE), id="a relay behind it"),
        pytest.param((HOP, results(PASS), EDGE), id="with an authserv-id"),
        pytest.param((HOP, results(M365), OTHER_EDGE), id="another edge host below"),
        pytest.param((HOP, results(M365), EVIL_EDGE), id="a name that only begins so below"),
        pytest.param((EVIL_HOP, results(M365), EDGE), id="a foreign host handed it over"),
        pytest.param((HOP, results(M365), results(M365), EDGE), id="twice"),
        pytest.param((HOP, results(M365), THEIRS, EDGE), id="a foreign hop below"),
    ],
)
def test_whoever_imitates_microsoft_365_is_not_believed(forged):
    assert "nothing proves the sender" in " ".join(sender_doubts(mail(*forged), "m365"))


@pytest.mark.parametrize("attributed", [(), (OTHER_TENANT,), (ATTRIBUTED, OTHER_TENANT)])
def test_a_mail_that_another_tenant_took_in_is_not_believed(attributed):
    found = sender_doubts(mail(*GENUINE, *attributed), "m365", tenant=TENANT)
    assert "nothing proves the sender" in " ".join(found)


def test_what_microsoft_365_found_wrong_is_a_doubt():
    failed = M365.replace("dmarc=pass action=none", "dmarc=fail action=oreject").replace(
        "compauth=pass reason=100", "compauth=fail reason=000"
    )
    headers = tuple(results(failed) if one[1] == M365 else one for one in GENUINE)
    (doubt,) = doubts_of(mail(*headers), Stand(authserv_id="m365"))
    assert doubt.then is Action.ESCALATE
    quarantined = tuple((name, value.replace("oreject", "quarantine")) for name, value in headers)
    (doubt,) = doubts_of(mail(*quarantined), Stand(authserv_id="m365"))
    assert doubt.then is Action.REVIEW


def test_where_the_border_writes_above_its_own_received_header_nothing_below_that_is_believed():
    inner = ("received", "from mx.brightwater.example by store.brightwater.example with LMTP; x")
    assert sender_doubts(mail(inner, results(PASS), OURS, THEIRS), US, above=True) == ()
    assert sender_doubts(mail(OURS, results(PASS), THEIRS), US, above=True) != ()
    assert sender_doubts(mail(inner, OURS, results(PASS), THEIRS), US, above=True) != ()


def test_mail_that_fails_dmarc_and_should_be_rejected_is_escalated():
    value = f"{US}; dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=kestrel.example"
    (doubt,) = doubts_of(mail(results(value), OURS), Stand(authserv_id=US))
    assert (doubt.then, doubt.unproven) == (Action.ESCALATE, False)
    (doubt,) = doubts_of(mail(results(value.replace("REJECT", "NONE")), OURS), Stand(authserv_id=US))
    assert (doubt.then, doubt.unproven) == (Action.REVIEW, True)
    (doubt,) = doubts_of(mail(results(value.replace("fail", "temperror")), OURS), Stand(authserv_id=US))
    assert doubt.then is Action.REVIEW


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


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (("sender", "Mailer <x@evil.example>"), "it was sent by x@evil.example in the name of tom@kestrel.example"),
        (("supersedes", "<1@kestrel.example>"), "its head says Supersedes: <1@kestrel.example>"),
        (("expiry-date", "Mon, 23 Nov 2026 08:00:00 +0000"), "its head says Expiry-Date: Mon, 23 Nov 2026 08:00:00 +0000"),
        (("x-message-flag", "Please wait for our release"), "its head says X-Message-Flag: Please wait for our release"),
        (("x-spam-flag", "YES"), "a filter has marked it as spam"),
    ],
)  # fmt: skip
def test_what_the_head_says_beside_the_sender_is_heard(header, said):
    assert sender_doubts(mail(header), None) == (said,)


@pytest.mark.parametrize("header", [("sender", "it@mail.kestrel.example"), ("x-spam-flag", "NO"), ("sender", "nobody")])
def test_what_a_head_says_of_every_mail_is_none(header):
    assert sender_doubts(mail(header), None) == ()
