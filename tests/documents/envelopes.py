"""Envelopes for the tests: winmail.dat, Outlook messages and CMS written by hand, S/MIME and PGP by their programs.

``python -m tests.documents.envelopes`` writes the mails in envelopes in tests/mail/general again; it needs openssl and gpg."""

import struct
import subprocess
import tempfile
from email.message import EmailMessage
from pathlib import Path

from asn1crypto import cms, core

UNICODE, STRING8, BINARY, OBJECT, LONG = 0x001F, 0x001E, 0x0102, 0x000D, 0x0003
IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")


# --- winmail.dat ------------------------------------------------------------------------------------------------------


def attribute(level, tag, value, kind=6, checksum=None):
    check = sum(value) & 0xFFFF if checksum is None else checksum
    return struct.pack("<BHHI", level, tag, kind, len(value)) + value + struct.pack("<H", check)


def properties(*entries):
    """``(tag, kind, value)`` each; a text is encoded as its kind says."""
    out = struct.pack("<I", len(entries))
    for tag, kind, value in entries:
        out += struct.pack("<HH", kind, tag)
        if kind == LONG:
            out += struct.pack("<I", value)
            continue
        value = value.encode("utf-16-le") + b"\0\0" if kind == UNICODE else value
        out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return out


def tnef(about=(), attachments=(), checksum=None):
    """``attachments``: the properties of each, its content among them or given apart as bytes."""
    out = (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(1, 0x9006, b"\0\0\1\0")
        + attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    )
    out += attribute(1, 0x9003, properties(*about), checksum=checksum)
    for entries, content in attachments:
        out += attribute(2, 0x9002, b"\1\0" + b"\xff" * 4 + b"\0" * 8)
        if content is not None:
            out += attribute(2, 0x800F, content) + attribute(2, 0x8010, b"ORDER~1.CSV\0")
        out += attribute(2, 0x9005, properties(*entries))
    return out


# --- Outlook messages -------------------------------------------------------------------------------------------------


def msg(about, attachments=()):
    """``attachments``: (entries, content), the content bytes or the storage of a message inside (:func:`storage`)."""
    return compound(storage(about, attachments, 32))


def storage(about, attachments=(), offset=24):
    held = _streams(about, offset)
    for number, (entries, content) in enumerate(attachments):
        inside = _streams(entries, 8)
        if isinstance(content, dict):
            inside["__substg1.0_3701000D"] = content
        else:
            inside["__substg1.0_37010102"] = content
        held[f"__attach_version1.0_#{number:08X}"] = inside
    return held


def _streams(entries, offset):
    held, fixed = {}, b"\0" * offset
    for tag, kind, value in entries:
        if kind == LONG:
            fixed += struct.pack("<HHIII", kind, tag, 6, value, 0)
            continue
        data = value.encode("utf-16-le") if kind == UNICODE else value
        held[f"__substg1.0_{tag:04X}{kind:04X}"] = data
        fixed += struct.pack("<HHIII", kind, tag, 6, len(data), 0)
    return {"__properties_version1.0": fixed, **held}


def compound(root):
    """A compound file of version 3; what is smaller than 4096 bytes stands in the mini stream."""
    entries, sectors, fat, small, smallfat = [], [], [], [], []

    def chained(data, size, into, table):
        first = len(into) if data else 0xFFFFFFFE
        for at in range(0, len(data), size):
            into.append(data[at : at + size].ljust(size, b"\0"))
            table.append(len(into))
        if data:
            table[-1] = 0xFFFFFFFE
        return first

    def stored(data):
        return chained(data, 512, sectors, fat)

    def put(name, held):
        number = len(entries)
        entries.append([name, 2, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0])
        if isinstance(held, bytes):
            start = stored(held) if len(held) >= 4096 else chained(held, 64, small, smallfat)
            entries[number][5:] = start, len(held)
            return number
        entries[number][1] = 1 if number else 5
        kids = sorted(((len(kid), kid.upper()), put(kid, content)) for kid, content in held.items())
        entries[number][4] = balanced([kid for _, kid in kids])
        return number

    def balanced(kids):
        if not kids:
            return 0xFFFFFFFF
        middle = len(kids) // 2
        entries[kids[middle]][2:4] = balanced(kids[:middle]), balanced(kids[middle + 1 :])
        return kids[middle]

    put("Root Entry", root)
    mini = b"".join(small)
    entries[0][5:] = stored(mini), len(mini)
    smalltable = struct.pack(f"<{len(smallfat)}I", *smallfat)
    smalltable += b"\xff" * (-len(smalltable) % 512)
    first_small = stored(smalltable)
    directory = b""
    for name, kind, left, right, child, start, size in entries:
        text = name.encode("utf-16-le") + b"\0\0"
        directory += text.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sIQQIII", len(text), kind, 1, left, right, child, b"", 0, 0, 0, start, size, 0
        )
    first = stored(directory)
    tables = 1
    while (len(sectors) + tables + 127) // 128 > tables:
        tables += 1
    places = list(range(len(sectors), len(sectors) + tables))
    fat += [0xFFFFFFFD] * tables
    fat += [0xFFFFFFFF] * (tables * 128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, first, 0, 4096, first_small, len(smalltable) // 512, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - tables))
    return header + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def rich(text, size=None):
    """An RTF body as a message holds it, packed without compression ([MS-OXRTFCP], MELA)."""
    data = rb"{\rtf1\ansi{\fonttbl{\f0 Arial 10;}}\f0 " + text + b"}"
    return struct.pack("<II4sI", len(data) + 12, len(data) if size is None else size, b"MELA", 0) + data


# --- CMS --------------------------------------------------------------------------------------------------------------


def signed(content, version="v1"):
    """An opaque envelope that nobody signed: nothing here looks at signatures."""
    inner = {"content_type": "data", "content": content} if content is not None else {"content_type": "data"}
    held = cms.SignedData(
        {"version": version, "digest_algorithms": [], "encap_content_info": inner, "signer_infos": []}
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": held}).dump()


def compressed(content):
    held = cms.CompressedData(
        {
            "version": "v0",
            "compression_algorithm": {"algorithm": "1.2.840.113549.1.9.16.3.8"},
            "encap_content_info": {"content_type": "data", "content": content},
        }
    )
    return cms.ContentInfo({"content_type": "compressed_data", "content": held}).dump()


def enveloped(kind="enveloped_data"):
    oid = cms.ContentType(kind).dump()
    return core.Sequence(contents=oid + b"\xa0\x05\x30\x03\x02\x01\x00").dump()


def indefinite(content, pieces=3):
    """BER as streaming programs write it: no length is known before its end."""
    data = cms.ContentType("data").dump()
    size = max(1, -(-len(content) // pieces))
    chunks = b"".join(core.OctetString(content[at : at + size]).dump() for at in range(0, len(content), size))
    octets = b"\x24\x80" + chunks + b"\0\0"
    encap = b"\x30\x80" + data + b"\xa0\x80" + octets + b"\0\0" + b"\0\0"
    held = b"\x30\x80" + b"\x02\x01\x01" + b"\x31\x00" + encap + b"\x31\x00" + b"\0\0"
    return b"\x30\x80" + cms.ContentType("signed_data").dump() + b"\xa0\x80" + held + b"\0\0" + b"\0\0"


# --- the mails in tests/mail/general ----------------------------------------------------------------------------------

ORDER = """Purchase order {number}

PO number: {number}
Order date: 2026-11-20
Currency: EUR

Item no.   Description          Qty   Unit price   Amount
W-100      Hex bolt M8x40       5     1.20         6.00
W-200      Ball bearing 6204    12    4.50         54.00

Total: 60.00

Kind regards
Aldwin Ltd
"""
CSV = b"Item no.;Description;Qty;Unit price;Amount\r\nW-100;Hex bolt M8x40;5;1.20;6.00\r\nW-200;Ball bearing 6204;12;4.50;54.00\r\n"


def mail(name, subject, sender="Purchasing <purchasing@aldwin.example>", to="orders@your-company.example"):
    made = EmailMessage()
    made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = f"<{name}@aldwin.example>"
    made["Date"] = "Mon, 23 Nov 2026 09:12:00 +0000"
    return made


def text(number):
    made = EmailMessage()
    made.set_content(ORDER.format(number=number))
    return made.as_bytes().replace(b"\n", b"\r\n")


def attached(name, subject, said, content, filename, label="application/octet-stream"):
    made = mail(name, subject)
    made.set_content(said)
    made.add_attachment(content, *label.split("/"), filename=filename)
    made.set_boundary(f"=_{name}")
    return made.as_bytes()


def wrapped(name, subject, head, content):
    """A mail all of whose body is the given MIME entity, its own head first."""
    made = mail(name, subject)
    lines = b"".join(f"{key}: {value}\r\n".encode() for key, value in made.items())
    return lines + b"MIME-Version: 1.0\r\n" + head + content


def outlook_sample():
    about = [(0x37, UNICODE, "Purchase order PO-90002"), (0x1000, UNICODE, ORDER.format(number="PO-90002").replace("\n", "\r\n")),
             (0x5D02, UNICODE, "purchasing@aldwin.example"), (0x42, UNICODE, "Purchasing"), (0x3FDE, LONG, 65001)]  # fmt: skip
    return msg(
        about, [([(0x3707, UNICODE, "delivery note rules, 2026.txt"), (0x3705, LONG, 1)], b"Deliver to gate 4.\r\n")]
    )


def winmail_sample():
    name = "Purchase order PO-90003, with all lines for the Hull works (November 2026).csv"
    return tnef([(0x37, UNICODE, "Purchase order PO-90003")], [([(0x3707, UNICODE, name), (0x3705, LONG, 1)], CSV)])


CERTIFIED = b"""Return-Path: <posta-certificata@pec.gestore.example>
From: "Per conto di: ordini@pec.officine-verdi.example" <posta-certificata@pec.gestore.example>
Reply-To: ordini@pec.officine-verdi.example
To: orders@your-company.example
Subject: POSTA CERTIFICATA: Ordine di acquisto 90010
Message-ID: <opec2026.pec@gestore.example>
Date: Mon, 23 Nov 2026 10:12:00 +0100
X-Trasporto: posta-certificata
X-Riferimento-Message-ID: <ordine-90010@pec.officine-verdi.example>
MIME-Version: 1.0
"""
CERTIFIED_BODY = b"""Content-Type: multipart/mixed; boundary="=_pec"

--=_pec
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Messaggio di posta certificata

Il giorno 23/11/2026 alle ore 10:12:00 (+0100) il messaggio
"Ordine di acquisto 90010" \xe8 stato inviato da "ordini@pec.officine-verdi.example"
indirizzato a:
orders@your-company.example
Il messaggio originale \xe8 incluso in allegato.

--=_pec
Content-Type: application/xml; name="daticert.xml"
Content-Disposition: attachment; filename="daticert.xml"

<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="posta-certificata" errore="nessuno"><intestazione><mittente>ordini@pec.officine-verdi.example</mittente></intestazione></postacert>
--=_pec
Content-Type: message/rfc822; name="postacert.eml"
Content-Disposition: attachment; filename="postacert.eml"

From: Ufficio acquisti <ordini@pec.officine-verdi.example>
To: orders@your-company.example
Subject: Ordine di acquisto 90010
Message-ID: <ordine-90010@pec.officine-verdi.example>
Date: Mon, 23 Nov 2026 10:11:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Numero ordine: 90010
Data ordine: 20/11/2026
Valuta: EUR

Codice     Descrizione              Quantit\xc3\xa0   Prezzo unitario   Importo
W-100      Vite esagonale M8x40     5          1,20              6,00
W-200      Cuscinetto 6204          12         4,50              54,00

Totale: 60,00
--=_pec--
"""
PORTAL = """<html><body><p>Aldwin Ltd has issued purchase order 90011 to you.</p>
<p><a href="https://supplier.portal.example/po/90011?token=abc">View purchase order</a></p>
<p>This message was sent by the supplier portal.</p></body></html>
"""


class Programs:
    """openssl and gpg with keys of their own, for the samples that only a real program should make."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.key, self.cert = self.folder / "key.pem", self.folder / "cert.pem"
        subject = ["-subj", "/CN=Aldwin Ltd/emailAddress=purchasing@aldwin.example"]
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", *subject,
                 "-keyout", self.key, "-out", self.cert)  # fmt: skip
        self.gpg("--quick-gen-key", "purchasing@aldwin.example", "default", "default", "never")

    def run(self, *command, data=b""):
        return subprocess.run([str(part) for part in command], input=data, capture_output=True, check=True).stdout

    def gpg(self, *arguments, data=b""):
        quiet = ("--homedir", self.folder, "--batch", "--yes", "--passphrase", "", "--pinentry-mode", "loopback")
        return self.run("gpg", *quiet, *arguments, data=data)

    def smime(self, *arguments, data):
        """An entity with the head that openssl writes."""
        return self.run("openssl", "cms", *arguments, data=data).replace(b"\r\n", b"\n")

    def samples(self):
        signer = ("-sign", "-signer", self.cert, "-inkey", self.key)
        numbers = iter(range(90020, 90040))
        for name, arguments in (
            ("smime-clear-signed", signer),
            ("smime-opaque", (*signer, "-nodetach")),
            ("smime-opaque-streamed", (*signer, "-nodetach", "-stream")),
            ("smime-encrypted", ("-encrypt", "-aes256", self.cert)),
        ):
            number = f"PO-{next(numbers)}"
            entity = self.smime(*arguments, data=text(number))
            yield name, wrapped(name, f"Purchase order {number}", b"", entity.replace(b"MIME-Version: 1.0\n", b"", 1))
        signed_text = self.gpg("--clearsign", data=ORDER.format(number="PO-90030").encode()).decode()
        made = mail("pgp-clear-signed", "Purchase order PO-90030")
        made.set_content(signed_text)
        yield "pgp-clear-signed", made.as_bytes()
        entity = text("PO-90031")
        signature = self.gpg("--armor", "--detach-sign", data=entity)
        head = b'Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="=_pgp"\r\n\r\n'
        body = (
            b"--=_pgp\r\n"
            + entity
            + b'\r\n--=_pgp\r\nContent-Type: application/pgp-signature; name="signature.asc"\r\n\r\n'
            + signature
            + b"\r\n--=_pgp--\r\n"
        )
        yield "pgp-mime-signed", wrapped("pgp-mime-signed", "Purchase order PO-90031", head, body)
        secret = self.gpg(
            "--armor", "--trust-model", "always", "-r", "purchasing@aldwin.example", "--encrypt", data=entity
        )
        head = b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=_pgp"\r\n\r\n'
        body = (
            b"--=_pgp\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--=_pgp\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
            + secret
            + b"\r\n--=_pgp--\r\n"
        )
        yield "pgp-mime-encrypted", wrapped("pgp-mime-encrypted", "Purchase order PO-90032", head, body)
        made = mail("pgp-inline-encrypted", "Purchase order PO-90033")
        made.set_content("Please find our order below.\n\n" + secret.decode())
        yield "pgp-inline-encrypted", made.as_bytes()
        entity = self.smime(*signer, data=CERTIFIED_BODY.replace(b"\n", b"\r\n"))
        yield "pec", CERTIFIED + entity.replace(b"MIME-Version: 1.0\n", b"", 1)


def samples():
    inner = mail("inner", "Purchase order PO-90001")
    inner.set_content(ORDER.format(number="PO-90001"))
    said = "Please find our order attached.\n"
    yield (
        "eml-as-octet-stream",
        attached("eml-as-octet-stream", "Purchase order PO-90001", said, inner.as_bytes(), "po.eml"),
    )
    yield (
        "outlook-msg",
        attached(
            "outlook-msg", "Purchase order PO-90002", said, outlook_sample(), "po.msg", "application/vnd.ms-outlook"
        ),
    )
    yield (
        "winmail-dat",
        attached(
            "winmail-dat", "Purchase order PO-90003", said, winmail_sample(), "winmail.dat", "application/ms-tnef"
        ),
    )
    yield (
        "order-signed-as-a-file",
        attached(
            "order-signed-as-a-file",
            "Purchase order PO-90004",
            "PO number: PO-90004\nCurrency: EUR\n",
            signed(CSV),
            "po.csv.p7m",
        ),
    )
    portal = mail("order-in-a-portal", "Aldwin Ltd: purchase order 90011", "Supplier portal <notices@portal.example>")
    portal.set_content(
        "Aldwin Ltd has issued purchase order 90011 to you.\n\nView purchase order:\nhttps://supplier.portal.example/po/90011?token=abc\n"
    )
    portal.add_alternative(PORTAL, subtype="html")
    portal.set_boundary("=_portal")
    yield "order-in-a-portal", portal.as_bytes()
    with tempfile.TemporaryDirectory() as folder:
        yield from Programs(folder).samples()


def main():
    for name, data in samples():
        (Path("tests/mail/general") / f"{name}.eml").write_bytes(data.replace(b"\r\n", b"\n"))


if __name__ == "__main__":
    main()
