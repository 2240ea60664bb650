"""PGP in a text (RFC 9580): what is signed in clear is read without its armour, what is encrypted is told.

No signature is verified: that a text is signed proves nothing here."""

import re

ENCRYPTED = "the mail is encrypted (PGP): decrypt it, or ask for it in clear"
_MESSAGE = re.compile(r"[ \t]{0,8}-----BEGIN PGP MESSAGE(?:, PART [0-9/]{1,9})?-----[ \t]*")
SIGNED, _SIGNATURE, _END = (
    "-----BEGIN PGP SIGNED MESSAGE-----",
    "-----BEGIN PGP SIGNATURE-----",
    "-----END PGP SIGNATURE-----",
)
# Which say nothing that a reader of the mail could take for its text; a Comment may.
_HASH = re.compile(r"Hash: [A-Za-z0-9, -]{1,60}[ \t]*")
_ARMOUR = re.compile(r"(?:Version: [\w .,()@:/+-]{1,80}|[A-Za-z0-9+/=]{0,76})[ \t]*")
_MOST = 200


def is_encrypted(lines: list[str]) -> bool:
    """A PGP message stands in the text, behind whatever else, and not quoted."""
    return any("-----BEGIN PGP MESSAGE" in line and _MESSAGE.fullmatch(line) for line in lines)


def is_signature(data: bytes) -> bool:
    """A detached signature: armoured, or a packet of that tag (2) in the old or the new form."""
    return data.lstrip()[:27] == _SIGNATURE.encode()[:27] or data[:1] in {b"\x88", b"\x89", b"\x8a", b"\xc2"}


def in_clear(lines: list[str]) -> list[str]:
    """The lines without the armour of a cleartext signature, its dash-escaping undone (RFC 9580, 7). What stands before
    and behind the signed text stays, and so does an armour that is not sound."""
    out: list[str] = []
    signed = False
    at = 0
    while at < len(lines):
        text = lines[at].rstrip()
        if not signed and text == SIGNED:
            signed = True
            at += 1
            while at < len(lines) and _HASH.fullmatch(lines[at]):
                at += 1
            continue
        if signed and text == _SIGNATURE and (end := _end(lines, at)):
            signed = False
            at = end
            continue
        out.append(lines[at][2:] if signed and lines[at].startswith("- ") else lines[at])
        at += 1
    return out


def _end(lines: list[str], start: int) -> int:
    """The number behind the signature that begins there, 0 when its armour holds anything else."""
    for at in range(start + 1, min(start + _MOST, len(lines))):
        if lines[at].rstrip() == _END:
            return at + 1
        if not _ARMOUR.fullmatch(lines[at].rstrip()):
            return 0
    return 0
