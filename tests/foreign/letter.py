"""The mail that carries a made-up order, as our own server would have stamped it."""

from email.message import EmailMessage
from email.policy import SMTP

from tests.foreign.layouts import Made
from tests.foreign.layouts.base import ENDINGS, TYPES
from tests.foreign.order import Order
from tests.foreign.parts import title
from tests.foreign.voice import Voice


def wrap(order: Order, voice: Voice, made: Made, form: str, serial: int) -> bytes:
    """The document as body or attachment, from the order's sender, with that domain proved by SPF, DKIM and DMARC."""
    mail = EmailMessage(policy=SMTP)
    domain = order.sender.partition("@")[2]
    mail["Authentication-Results"] = (
        f"mx.brightwater.example; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
    )
    mail["Received"] = (
        f"from mail.{domain} (mail.{domain} [192.0.2.17]) by mx.brightwater.example with ESMTPS; Mon, 23 Nov 2026 08:55:00 +0000"
    )
    mail["Date"] = "Mon, 23 Nov 2026 08:54:00 +0000"
    mail["From"] = f"{order.buyer.name.replace('&', 'and').replace('.', '')} <{order.sender}>"
    mail["To"] = "orders@brightwater.example"
    mail["Subject"] = _subject(order, voice)
    mail["Message-ID"] = f"<order-{serial}@{domain}>"
    if made.text is not None:
        mail.set_content(made.text, cte="quoted-printable")
    elif made.html is not None:
        mail.set_content(made.html, subtype="html", cte="quoted-printable")
    elif made.data is not None:
        said = voice("attached") if order.kind == "order" else title(order, voice)
        mail.set_content(
            f"{voice('greeting')}\n\n{said}\n\n{voice('closing')}\n{order.buyer.name}\n", cte="quoted-printable"
        )
        main, _, sub = TYPES[form].partition("/")
        mail.add_attachment(made.data, maintype=main, subtype=sub, filename=_name(order, voice, form, serial))
        mail.set_boundary(f"=_order_{serial}")
    return mail.as_bytes()


def _subject(order: Order, voice: Voice) -> str:
    what = title(order, voice)
    return f"{what} {order.po_number}" if order.po_number and voice.rng.random() < 0.6 else what


def _name(order: Order, voice: Voice, form: str, serial: int) -> str:
    stem = voice.rng.choice(("order", "document", f"scan{serial}", "PO", "bestellung"))
    return f"{stem}.{ENDINGS.get(form, form)}"
