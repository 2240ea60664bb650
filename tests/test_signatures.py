"""DKIM signatures verified here: mails that are really signed, by keys that a function hands out."""

import base64
import threading
import time

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.model import Mail
from maildaemon.read import read
from maildaemon.signatures import LONGEST_KEY, MOST, Signature, aligned, signed, verified
from maildaemon.stand import Stand
from maildaemon.trust import sender_doubts, wants_signatures

RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EDWARDS = ed25519.Ed25519PrivateKey.generate()
STAND = Stand(dkim=True)
PLAIN = (
    b"From: Tom <tom@kestrel.example>\r\nTo: orders@us.example\r\nSubject: Purchase order PO-1\r\n"
    b"Date: Mon, 23 Nov 2026 09:50:00 +0000\r\nMessage-ID: <1@kestrel.example>\r\n\r\n"
    b"PO-1\r\n5  x   W-100  \r\n\r\n"
)
COVERED = [b"from", b"to", b"subject", b"date", b"message-id"]


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def record(key, **tags):
    """The TXT record of a key."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        tags = {"k": "ed25519", **tags}
    else:
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        raw = key.public_key().public_bytes(serialization.Encoding.DER, public)
    parts = {"v": "DKIM1", "p": base64.b64encode(raw).decode(), **tags}
    return "; ".join(f"{name}={value}" for name, value in parts.items())


def sign(raw=PLAIN, *, key=RSA, domain=b"kestrel.example", covers=COVERED, canonical=(b"relaxed", b"relaxed"), **more):
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    secret = pem(key) if not edwards else base64.b64encode(key.private_bytes_raw())
    algorithm = b"ed25519-sha256" if edwards else more.pop("algorithm", b"rsa-sha256")
    line = dkim.sign(
        raw,
        b"s1",
        domain,
        secret,
        include_headers=covers,
        canonicalize=canonical,
        signature_algorithm=algorithm,
        **more,
    )
    return line + raw


def dns(key=RSA, name="s1._domainkey.kestrel.example", **tags):
    return {name: record(key, **tags)}


def proofs(raw, records=None):
    return verified(signed(raw), dns() if records is None else records)


def doubts(raw, records=None, recorded=()):
    mail, _ = read(raw)
    return tuple(one.reason for one in sender_doubts(mail, STAND, proofs(raw, records), recorded))


@pytest.mark.parametrize("key", [RSA, EDWARDS], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
def test_a_mail_that_is_as_it_was_signed_proves_its_sender(key, canonical):
    raw = sign(key=key, canonical=canonical)
    assert signed(raw).names == ("s1._domainkey.kestrel.example",)
    assert doubts(raw, dns(key)) == ()


def test_what_was_found_is_kept_as_evidence_with_the_key():
    (found,) = proofs(sign())
    assert (found.domain, found.selector, found.algorithm) == ("kestrel.example", "s1", "rsa-sha256")
    assert found.record == record(RSA)
    assert found.bits == 1024
    assert found.note == "its key has 1024 bits only"
    assert found.why is None
    assert "subject" in found.covers


@pytest.mark.parametrize(
    "changed",
    [
        lambda raw: raw.replace(b"5  x", b"50 x"),
        lambda raw: raw.replace(b"Subject: Purchase order PO-1", b"Subject: Purchase order PO-2"),
        lambda raw: raw + b"And 100 more.\r\n",
        lambda raw: raw.replace(b"From: Tom", b"From: Tim"),
    ],
)
def test_a_mail_that_was_changed_on_its_way_proves_nothing(changed):
    assert "does not fit the mail" in doubts(changed(sign()))[0]


def test_what_spaces_and_empty_lines_a_relay_changes_a_relaxed_signature_bears():
    raw = sign().replace(b"5  x   W-100  \r\n\r\n", b"5 x W-100\r\n\r\n\r\n")
    assert doubts(raw) == ()


@pytest.mark.parametrize(
    ("header", "word"),
    [
        (b"Subject: Purchase order PO-9\r\n", "more than one Subject header"),
        (b"From: evil@evil.example\r\n", "more than one From header"),
        (b"Content-Type: text/html\r\nContent-Type: text/plain\r\n", "more than one Content-Type header"),
        (b"Reply-To: thief@evil.example\r\n", "does not cover that answers shall go to thief@evil.example"),
        (b"Reply-To: other@kestrel.example\r\n", "does not cover that answers shall go to other@kestrel.example"),
        (b"X-Odd: a\rX-Too: b\r\n", "stray line end"),
    ],
)
def test_what_was_put_on_top_of_a_signed_mail_is_noticed(header, word):
    assert word in " ".join(doubts(header + sign()))


def test_a_reply_to_that_is_covered_or_no_other_address_is_no_doubt_of_the_signature():
    covered = sign(b"Reply-To: other@kestrel.example\r\n" + PLAIN, covers=[*COVERED, b"reply-to"])
    assert doubts(covered) == ()
    assert doubts(b"Reply-To: tom@kestrel.example\r\n" + sign()) == ()


def test_a_signature_that_does_not_cover_the_subject_proves_nothing():
    raw = sign(covers=[b"from", b"date"])
    assert doubts(raw) == ("its DKIM signature does not cover the subject",)


def test_a_signature_over_the_beginning_of_the_text_alone_proves_nothing():
    raw = sign(length=True) + b"And 100 more.\r\n"
    assert signed(raw).names == ()
    assert "tag l=" in " ".join(doubts(raw))


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ({}, "could not be had from the DNS"),
        ({"s1._domainkey.kestrel.example": None}, "could not be had from the DNS"),
        ({"s1._domainkey.kestrel.example": ""}, "was revoked"),
        ({"s1._domainkey.kestrel.example": "v=DKIM1; p="}, "was revoked"),
        ({"s1._domainkey.kestrel.example": "v=DKIM1; p=AAAA"}, "no sound one"),
        ({"s1._domainkey.kestrel.example": "v=DKIM1; p=Ä"}, "no sound one"),
        ({"s1._domainkey.kestrel.example": "v=DKIM1; p=" + "A" * LONGEST_KEY}, "no sound one"),
        (dns(t="y"), "for testing"),
        (dns(h="sha1"), "not one for SHA-256"),
        (dns(s="tlsrpt"), "not one for mail"),
        (dns(v="DKIM2"), "not one for mail"),
        (dns(EDWARDS), "of another kind"),
        (dns(SHORT), "does not fit the mail"),
    ],
)
def test_a_key_that_is_not_there_or_no_sound_one_proves_nothing(records, word):
    (one,) = doubts(sign(), records)
    assert word in one


def test_a_key_of_too_few_bits_proves_nothing():
    weak = base64.b64encode(_der(65537, (1 << 511) + 111)).decode()
    (found,) = proofs(sign(), {"s1._domainkey.kestrel.example": f"v=DKIM1; p={weak}"})
    assert found.why == "the key of the signature has 512 bits, too few to prove anything"
    assert found.bits == 512


def test_a_key_with_a_dear_exponent_is_refused_before_it_is_used():
    der = _der((1 << 900) + 1, RSA.public_key().public_numbers().n)
    began = time.perf_counter()
    (found,) = proofs(sign(), {"s1._domainkey.kestrel.example": f"p={base64.b64encode(der).decode()}"})
    assert found.why == "the key of the signature is no sound one"
    assert time.perf_counter() - began < 1


def _der(exponent, modulus):
    """A PKCS#1 public key within its SubjectPublicKeyInfo, by hand: libraries refuse to make such ones."""

    def length(size):
        return bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])

    def tagged(tag, body):
        return bytes([tag]) + length(len(body)) + body

    def integer(value):
        return tagged(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    key = tagged(0x30, integer(modulus) + integer(exponent))
    algorithm = tagged(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return tagged(0x30, algorithm + tagged(3, b"\0" + key))


def test_a_signature_with_sha1_proves_nothing_and_no_key_is_asked_for():
    raw = sign().replace(b"a=rsa-sha256", b"a=rsa-sha1")
    assert signed(raw).names == ()
    assert "uses rsa-sha1" in doubts(raw)[0]


@pytest.mark.parametrize(
    ("domain", "selector"),
    [
        ("evil.example/..", "s1"),
        ("kestrel.example", "s1 s2"),
        ("kestrel.example", "s1;x"),
        ("localhost", "s1"),
        ("10.0.0.1", "s1"),
        ("kestrel.example", "*"),
        ("kestrel.example", "s" * 64),
        (".".join(["a" * 60] * 5), "s1"),
        ("k..example", "s1"),
        ("kestrel.example", ""),
    ],
)
def test_only_sound_host_names_are_asked_for(domain, selector):
    value = f"v=1; a=rsa-sha256; d={domain}; s={selector}; h=from:subject; bh=AAAA; b=AAAA"
    raw = f"DKIM-Signature: {value}\r\n".encode() + PLAIN
    names = signed(raw).names
    assert names in ((), (f"s1s2._domainkey.{domain}",))  # blanks in a value are no part of it
    verified(signed(raw), {})


def test_so_many_signatures_are_looked_at_and_no_more():
    raw = sign()
    line = raw.removesuffix(PLAIN)
    many = line * 50 + PLAIN
    assert len(signed(many).claims) == MOST
    assert len(proofs(many)) == MOST
    (good, *_) = proofs(many)
    assert good.why is None


def test_one_good_signature_among_others_is_enough():
    other = sign(domain=b"relay.example")
    both = other.removesuffix(PLAIN) + sign()
    assert doubts(both, dns()) == ()


@pytest.mark.parametrize(
    ("signer", "sender", "recorded", "speaks"),
    [
        ("kestrel.example", "kestrel.example", (), True),
        ("kestrel.example", "mail.kestrel.example", (), True),
        ("mail.kestrel.example", "kestrel.example", (), False),
        ("mail.kestrel.example", "kestrel.example", ("kestrel.example",), True),
        ("a.kestrel.example", "b.kestrel.example", ("kestrel.example",), True),
        ("a.kestrel.example", "b.kestrel.example", ("other.example",), False),
        ("evil.example", "kestrel.example", ("kestrel.example", "evil.example"), False),
        ("evilkestrel.example", "kestrel.example", ("kestrel.example",), False),
        ("co.uk", "kestrel.co.uk", (), False),
        ("evil.co.uk", "kestrel.co.uk", (), False),
        ("onmicrosoft.com", "kestrel.onmicrosoft.com", (), False),
        ("evil.onmicrosoft.com", "kestrel.onmicrosoft.com", (), False),
        ("gmail.com", "gmail.com", (), True),
    ],
)
def test_for_whom_a_signature_speaks(signer, sender, recorded, speaks):
    assert aligned(signer, sender, recorded) is speaks


def test_a_signature_of_somebody_else_proves_nothing_of_the_sender():
    raw = sign(domain=b"relay.example")
    (one,) = doubts(raw, dns(name="s1._domainkey.relay.example"))
    assert "it does not speak for the sender's domain kestrel.example" in one


def test_a_mail_without_a_signature_is_not_proved():
    assert doubts(PLAIN) == ("nothing proves the sender: the mail has no DKIM signature",)


def test_an_expired_signature_proves_nothing():
    raw = sign()
    old = raw.replace(b"q=dns/txt;", b"q=dns/txt; x=1000;").replace(b"t=", b"t=900; z=")
    assert proofs(old)[0].why in {"the signature has expired", "the signature does not fit the mail"}


def test_signatures_are_wanted_only_where_our_own_server_has_said_nothing():
    ours = ("authentication-results", "mx.us.example; dmarc=pass header.from=kestrel.example")
    mail = Mail("a" * 64, 1, sender="tom@kestrel.example", headers=(ours,))
    both = Stand(authserv_id="mx.us.example", dkim=True)
    assert not wants_signatures(mail, both)
    assert wants_signatures(Mail("a" * 64, 1), both)
    assert not wants_signatures(Mail("a" * 64, 1), Stand(authserv_id="mx.us.example"))


def test_what_costs_time_is_bounded():
    """Runs of blanks, folds without end, and a body of many megabytes."""
    lean = sign(PLAIN + b" x\r\n\r\nend\r\n")  # the library itself takes its time to sign what follows
    wide = lean.replace(b" x\r\n\r\n", b" " * 2**20 + b"x\r\n" + b"\t \t" * 2**18 + b"\r\n")
    began = time.perf_counter()
    assert proofs(wide)[0].why is None
    folded = (
        b"DKIM-Signature: v=1; a=rsa-sha256; b=" + b"\r\n " * 1300 + b"; d=kestrel.example; s=s1; h=from\r\n" + PLAIN
    )
    assert signed(folded).claims[0].why == "the signature's form is not a sound one"
    large = PLAIN + b"x" * (17 * 2**20)
    assert "too large" in verified(signed(b"DKIM-Signature: v=1; d=kestrel.example; s=s1\r\n" + large), {})[0].why
    assert time.perf_counter() - began < 20


@given(st.binary(max_size=300), st.text("abdhlsvtx=;: \r\n.-_*1256rsashafrom", max_size=200), st.text(max_size=200))
def test_verifying_never_raises(body, tags, text):
    head = b"DKIM-Signature: " + tags.encode() + b"\r\n" + PLAIN
    for raw in (body, head + body, b"DKIM-Signature: " + body + b"\r\n" + PLAIN):
        one = signed(raw)
        assert all(isinstance(each, Signature) for each in verified(one, dict.fromkeys(one.names, text)))


@given(st.text(max_size=300))
def test_no_record_makes_verifying_raise(text):
    (found,) = proofs(sign(), {"s1._domainkey.kestrel.example": text})
    assert found.why is not None


def test_verifying_is_safe_in_several_threads():
    raw, found = sign(), []
    threads = [threading.Thread(target=lambda: found.append(proofs(raw)[0].why)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [None] * 4
