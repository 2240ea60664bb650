"""Web shops and forms: Shopify, WooCommerce, a form mailed as keys and values, a table on its side."""

from html import escape

from tests.foreign.layouts.base import Layout, Made
from tests.foreign.order import Order
from tests.foreign.parts import header_value, pairs, sums, title
from tests.foreign.render import html
from tests.foreign.voice import Voice

KEYS = ("po_number", "order_date", "delivery_date", "terms", "ship_to", "bill_to", "buyer")


def shopify(order: Order, voice: Voice, form: str) -> Made:
    """Each article a row of picture, "text × number", price of the row; what the whole costs below."""
    facts = pairs(order, voice, KEYS, references=False).rows
    if form == "text":
        items = "\n\n".join(
            f"{line.description} × {voice.count(line.quantity)}\n{voice('sku')}: {line.sku}\n{voice.money(line.amount)} {order.money}"
            for line in order.lines
        )
        rest = "\n".join(f"{label}: {value.text}" for label, value in (*sums(order, voice, "values"), *facts))
        return Made(text=f"{title(order, voice)}\n\n{items}\n\n{rest}\n\n" + "\n".join(order.notes) + "\n")
    rows = "".join(
        f'<tr><td><img alt="" src="cid:x"></td><td><span>{escape(line.description)} × {voice.count(line.quantity)}</span><br><span>{voice("sku")}: {line.sku}</span></td>'
        f"<td>{voice.money(line.amount)} {order.money}</td></tr>"
        for line in order.lines
    )
    foot = "".join(
        f"<tr><td></td><td>{escape(label)}</td><td>{value.text}</td></tr>"
        for label, value in sums(order, voice, "values")
    )
    info = "".join(f"<p>{escape(label)}<br><b>{escape(value.text)}</b></p>" for label, value in facts)
    return Made(
        html=html.page(
            f"<h2>{escape(title(order, voice))}</h2><table>{rows}{foot}</table>{info}<p>{'<br>'.join(map(escape, order.notes))}</p>"
        )
    )


def woocommerce(order: Order, voice: Voice, form: str) -> Made:
    rows = "".join(
        f"<tr><td>{escape(line.description)} (#{line.sku})</td><td>{voice.count(line.quantity)}</td><td>{voice.money(line.amount)}&nbsp;{order.money}</td></tr>" for line in order.lines
    )  # fmt: skip
    foot = "".join(
        f'<tr><th scope="row" colspan="2">{escape(label)}:</th><td>{value.text}</td></tr>'
        for label, value in sums(order, voice, "values")
    )
    head = "".join(f"<th>{escape(voice(key))}</th>" for key in ("description", "quantity", "amount"))
    facts = "".join(
        f"<p><b>{escape(label)}:</b> {escape(value.text)}</p>" for label, value in pairs(order, voice, KEYS).rows
    )
    return Made(
        html=html.page(
            f"<h1>{escape(title(order, voice))}</h1>{facts}<table border=1><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{foot}</tfoot></table><p>{'<br>'.join(map(escape, order.notes))}</p>"
        )
    )


def webform(order: Order, voice: Voice, form: str) -> Made:
    """Fields with numbers: article 1, quantity 1, article 2, …"""
    rows = [(label, value.text) for label, value in pairs(order, voice, (*KEYS, "currency")).rows]
    rows.insert(0, ("form", title(order, voice)))
    for n, line in enumerate(order.lines, 1):
        rows += [
            (f"{voice('sku')} {n}", line.sku or ""),
            (f"{voice('description')} {n}", line.description),
            (f"{voice('quantity')} {n}", f"{voice.count(line.quantity)}"),
            (f"{voice('price')} {n}", voice.money(line.price)),
        ]
    rows += [(label, value.text) for label, value in sums(order, voice, "none")]
    rows += [(voice("notes"), note) for note in order.notes]
    if form == "text":
        return Made(text="\n".join(f"{label}: {value}" for label, value in rows) + "\n")
    cells = "".join(f"<tr><td><b>{escape(label)}</b></td><td>{escape(value)}</td></tr>" for label, value in rows)
    return Made(html=html.page(f"<table>{cells}</table>"))


def transposed(order: Order, voice: Voice, form: str) -> Made:
    """An article per column."""
    facts = "".join(
        f"<p>{escape(label)}: {escape(value.text)}</p>"
        for label, value in pairs(order, voice, (*KEYS, "currency")).rows
    )
    kinds = {
        "sku": [line.sku for line in order.lines], "description": [escape(line.description) for line in order.lines],
        "quantity": [voice.count(line.quantity) for line in order.lines], "unit": [line.unit for line in order.lines],
        "price": [voice.money(line.price) for line in order.lines], "amount": [voice.money(line.amount) for line in order.lines],
    }  # fmt: skip
    rows = "".join(
        f"<tr><th>{escape(voice(key))}</th>{''.join(f'<td>{one}</td>' for one in values)}</tr>"
        for key, values in kinds.items()
    )
    total = "".join(f"<p>{escape(label)}: {value.text}</p>" for label, value in sums(order, voice, "none"))
    return Made(
        html=html.page(
            f"<h2>{escape(title(order, voice))}</h2>{facts}<table border=1>{rows}</table>{total}<p>{'<br>'.join(map(escape, order.notes))}</p>"
        )
    )


def portal(order: Order, voice: Voice, form: str) -> Made:
    """A purchasing portal's notice: facts in a table, every article a table of its own."""

    def grid(rows: list[tuple[str, str]]) -> str:
        return (
            "<table>" + "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in rows) + "</table><hr>"
        )

    facts = grid([(label, value.text) for label, value in pairs(order, voice, KEYS).rows])
    items = "".join(
        grid([(voice("position"), str(n)), (voice("sku"), line.sku or ""), (voice("description"), line.description), (voice("quantity"), f"{voice.count(line.quantity)} {line.unit}"),
              (voice("price"), f"{voice.money(line.price)} {order.money}"), (voice("amount"), f"{voice.money(line.amount)} {order.money}")])
        for n, line in enumerate(order.lines, 1)
    )  # fmt: skip
    total = grid([(label, value.text) for label, value in sums(order, voice, "values")])
    return Made(
        html=html.page(
            f"<h3>{escape(title(order, voice))}</h3>{facts}{items}{total}<p>{'<br>'.join(map(escape, order.notes))}</p>"
        )
    )


def simple_form(order: Order, voice: Voice, form: str) -> Made:
    """A contact form that somebody filled in: few fields, the articles in one of them."""
    facts = [
        (voice(key), value.text)
        for key in ("buyer", "po_number", "delivery_date", "ship_to")
        if (value := header_value(order, voice, key))
    ]
    items = [f"{voice.count(line.quantity)} x {line.sku}" for line in order.lines]
    text = "\n".join(
        [
            title(order, voice),
            *(f"{label}: {value}" for label, value in facts),
            f"{voice('notes')}: {' '.join(order.notes)}",
            *items,
        ]
    )
    return Made(text=text + "\n") if form == "text" else Made(html=html.page(escape(text).replace("\n", "<br>\n")))


LAYOUTS: tuple[Layout, ...] = (
    Layout("shopify", ("html", "text"), shopify, frozenset({"price", "discount", "unit"})),
    Layout("woocommerce", ("html",), woocommerce, frozenset({"price", "discount", "unit"})),
    Layout("webform", ("text", "html"), webform, frozenset({"amount", "discount", "unit"})),
    Layout("transposed", ("html",), transposed, frozenset({"discount"})),
    Layout("portal", ("html",), portal, frozenset({"discount"})),
    Layout(
        "simple-form",
        ("text", "html"),
        simple_form,
        frozenset("price amount total currency tax freight discount unit description order_date terms bill_to".split()),
    ),
)
