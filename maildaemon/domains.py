"""What a mail domain says: whose it is, whether it is open to everybody, what it may be mistaken for."""

import unicodedata

from rapidfuzz.distance import OSA

FREE_MAIL = frozenset(
    "126.com 139.com 163.com 1und1.de aim.com alice.it aol.com arcor.de att.net bellsouth.net bigpond.com "
    "bluewin.ch bol.com.br btinternet.com comcast.net cox.net duck.com e-mail.de earthlink.net email.com email.cz "
    "email.de fastmail.com fastmail.fm foxmail.com free.fr freenet.de freemail.hu gmail.com gmx.at gmx.ch gmx.com "
    "gmx.de gmx.net googlemail.com hey.com home.nl hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr "
    "hotmail.it hushmail.com icloud.com inbox.com inbox.lv inbox.ru interia.pl juno.com kabelmail.de laposte.net "
    "libero.it list.ru live.co.uk live.com live.de live.fr live.nl mac.com mail.com mail.de mail.ru mailbox.org "
    "me.com msn.com naver.com netscape.net netzero.net o2.pl onet.pl online.de online.no optonline.net orange.fr "
    "outlook.com outlook.de outlook.es outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com "
    "rocketmail.com sbcglobal.net seznam.cz sfr.fr sina.com sky.com skynet.be t-online.de telenet.be terra.com.br "
    "tiscali.it tutanota.com tuta.com uol.com.br verizon.net virgilio.it virginmedia.com vodafone.de wanadoo.fr "
    "web.de windowslive.com wp.pl xs4all.nl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br "
    "yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com ziggo.nl zoho.com".split()
)
"""Where anybody gets an address: such a domain proves nothing, only the whole address does."""

_SECOND_LEVEL = frozenset("ac co com edu ed gen go gob gov govt gv id ltd me mil ne net nom or org plc sch web".split())
_SHARED = frozenset(
    "appspot.com azurewebsites.net blogspot.com duckdns.org dyndns.org firebaseapp.com github.io gitlab.io "
    "herokuapp.com myshopify.com netlify.app ngrok.io no-ip.org onmicrosoft.com pages.dev sharepoint.com vercel.app "
    "web.app wixsite.com wordpress.com workers.dev zendesk.com".split()
)

# What an eye takes for something else: letters of other scripts, digits, and pairs of letters.
_LETTERS = str.maketrans(
    {
        pair[0]: pair[1]
        for pair in (
            "0o 1i 3e 5s |l аa еe оo рp сc уy хx іi јj ѕs ԁd ԛq ԝw "
            "һh ӏl гr пn вb кk мm тt нh αa εe οo ρp τt υu νv κk ιi ɡg łl øo đd ħh ŧt ıi"
        ).split()
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("ii", "u"), ("l", "i"), ("j", "i"), ("-", ""))


def of(address: str | None) -> str | None:
    """The domain of an address in lower case and, where it is international, in its ASCII form (xn--)."""
    if not address or "@" not in address:
        return None
    return ascii_form(address.rpartition("@")[2])


def foreign(address: str, sender: str | None) -> str | None:
    """The domain of an address that is not of the sender's organisation, the address itself where it has none; None
    when it is the sender's own or a colleague's. Where anybody gets an address there are no colleagues."""
    if address.lower() == (sender or "").lower():
        return None
    domain, own = of(address), of(sender)
    if domain is None or own is None:
        return domain or address
    return None if organisation(domain) == organisation(own) and not is_open(domain) else domain


def ascii_form(domain: str) -> str | None:
    """The domain in lower case as ASCII labels, or None when it is no domain name of at least two labels."""
    domain = domain.strip().rstrip(".").lower()
    if not 3 <= len(domain) <= 253:
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    labels = domain.split(".")
    good = all(
        1 <= len(label) <= 63 and label.replace("-", "").isalnum() and not label.startswith("-") and label[-1] != "-"
        for label in labels
    )
    return domain if good and len(labels) > 1 and not labels[-1].isdigit() else None


def organisation(domain: str) -> str:
    """The part that one organisation registered, by rule of thumb: two labels, three where the second level is public
    ("co.uk") or rented out by name ("onmicrosoft.com")."""
    labels = domain.split(".")
    if len(labels) <= 2:
        return domain
    public = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if public or ".".join(labels[-2:]) in _SHARED else -2 :])


def lineage(domain: str) -> tuple[str, ...]:
    """The domain and its parents down to the organisation's own; nothing for a domain that is open to everybody."""
    if is_open(domain):
        return ()
    end = organisation(domain)
    found = [domain]
    while found[-1] != end:
        found.append(found[-1].partition(".")[2])
    return tuple(found)


def is_open(domain: str) -> bool:
    """Anybody gets an address there, so that it proves nothing."""
    return organisation(domain) in FREE_MAIL or domain in FREE_MAIL or domain in _SHARED or "." not in domain


def is_public(domain: str) -> bool:
    """Others register names below it, so that it speaks for none of them."""
    labels = domain.split(".")
    second = len(labels) == 2 and len(labels[-1]) == 2 and labels[0] in _SECOND_LEVEL
    return len(labels) < 2 or domain in _SHARED or second


def main_label(domain: str) -> str:
    """What a person reads a domain by: "acme" of "mail.acme.co.uk", written in its own letters."""
    label = organisation(domain).partition(".")[0]
    if label.startswith("xn--"):
        try:
            return label.encode("ascii").decode("idna")
        except UnicodeError:
            return label
    return label


def skeleton(label: str) -> str:
    """What the eye sees: two labels with one skeleton look alike (after Unicode TR 39, much shortened)."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", label[:80]).casefold())
    text = "".join(character for character in text if unicodedata.category(character) not in {"Mn", "Cf"})
    text = text.translate(_LETTERS)
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text


def looks_like(domain: str, known: str) -> bool:
    """The domain is another organisation's than the known one and was, or might have been, chosen to be taken for it:
    the same name under another ending, the same skeleton, at most two slips in six letters or more, or the known name
    as a part of it."""
    if organisation(domain) == organisation(known) or is_open(domain):
        return False
    mine, theirs = main_label(domain), main_label(known)
    if mine == theirs or skeleton(mine) == skeleton(theirs):
        return True
    if len(theirs) >= 6 and OSA.distance(mine, theirs, score_cutoff=2) <= (1 if len(theirs) < 8 else 2):
        return True
    if len(theirs) < 5:
        return False
    parts = {part for label in domain.split(".")[:-1] for part in (label, *label.split("-"))}
    return theirs in parts or f".{known}." in f".{domain}."
