"""Orders typed into a mail: tables by blanks, pipes and tabs, lists, prose, one value a line."""

from collections.abc import Sequence
from html import escape

from tests.foreign.blocks import Block, Para, Title
from tests.foreign.layouts.base import Layout, Made, layout
from tests.foreign.order import Order
from tests.foreign.parts import notes, pairs, sums, table, title
from tests.foreign.render import html
from tests.foreign.voice import Voice

KEYS = ("po_number", "order_date", "delivery_date", "terms", "ship_to", "bill_to")
_PLEASE = {
    "en": ("please send us {items}", "we need {items}"), "de": ("bitte senden Sie uns {items}", "wir benötigen {items}"),
    "fr": ("merci de nous envoyer {items}", "veuillez nous livrer {items}"), "es": ("por favor, envíennos {items}", "necesitamos {items}"),
    "it": ("vi preghiamo di inviarci {items}", "ci servono {items}"), "nl": ("stuur ons alstublieft {items}", "wij hebben {items} nodig"),
}  # fmt: skip
_AND = {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "nl": "en"}
_AT = {
    "en": "at {p} each",
    "de": "zu je {p}",
    "fr": "à {p} l'unité",
    "es": "a {p} cada uno",
    "it": "a {p} cad.",
    "nl": "à {p} per stuk",
}


def hello(order: Order, voice: Voice) -> list[Block]:
    head: list[Block] = [] if order.kind == "order" else [Title(title(order, voice))]
    return [*head, Para((voice("greeting"),)), Para((voice("intro"),))]


def bye(order: Order, voice: Voice) -> list[Block]:
    name = voice.rng.choice(("Weber", "Rossi", "de Vries", "Martin", "Ortega"))
    return [
        *notes(order, voice, label=False),
        Para(
            (voice("closing"), name, order.buyer.name, f"{voice('phone')} +49 30 {voice.rng.randint(100000, 999999)}")
        ),
    ]


def aligned(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(
        order,
        voice,
        ("position", "sku", "description", "quantity", "unit", "price", "amount"),
        look="plain",
        money="head",
    )
    return [*hello(order, voice), pairs(order, voice, KEYS, "colon"), body, *bye(order, voice)]


def piped(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(order, voice, ("sku", "description", "quantity", "price", "amount"), money="values")
    return [*hello(order, voice), pairs(order, voice, KEYS, "grid"), body, *bye(order, voice)]


def tabbed(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(order, voice, ("sku", "description", "quantity", "unit", "price", "amount"), money="total")
    return [*hello(order, voice), pairs(order, voice, KEYS, "colon"), body, *bye(order, voice)]


def stacked(order: Order, voice: Voice) -> Sequence[Block]:
    """A pasted table of which every cell became a line."""
    body = table(order, voice, ("sku", "description", "quantity", "price", "amount"), money="head")
    return [*hello(order, voice), pairs(order, voice, KEYS, "colon"), body, *bye(order, voice)]


def one_a_line(order: Order, voice: Voice) -> Sequence[Block]:
    blocks = [*hello(order, voice), pairs(order, voice, (*KEYS, "currency"), "colon")]
    for n, line in enumerate(order.lines, 1):
        rows = [f"{voice('position')} {n}", f"{voice('sku')}: {line.sku}", f"{voice('description')}: {line.description}", f"{voice('quantity')}: {voice.count(line.quantity)} {line.unit}",
                f"{voice('price')}: {voice.money(line.price)}", f"{voice('amount')}: {voice.money(line.amount)}"]  # fmt: skip
        blocks.append(Para(tuple(rows)))
    return [
        *blocks,
        Para(tuple(f"{label}: {value.text}" for label, value in sums(order, voice, "none"))),
        *bye(order, voice),
    ]


def bullets(order: Order, voice: Voice) -> Sequence[Block]:
    mark, times = voice.rng.choice(("- ", "* ", "• ", "")), voice.rng.choice((" x ", "x ", " × ", " "))
    items = tuple(f"{mark}{voice.count(line.quantity)}{times}{line.sku} {line.description}" for line in order.lines)
    return [*hello(order, voice), Para(items), pairs(order, voice, KEYS, "colon"), *bye(order, voice)]


def minimal(order: Order, voice: Voice) -> Sequence[Block]:
    """Code and number, nothing else."""
    gap = voice.rng.choice((" - ", "   ", ": ", " = "))
    items = tuple(f"{line.sku}{gap}{voice.count(line.quantity)} {line.unit}" for line in order.lines)
    po = (f"{voice('po_number')} {order.po_number}",) if order.po_number else ()
    wanted = (f"{voice('delivery_date')} {order.requested.text}",) if order.requested else ()
    head = (title(order, voice),) if order.kind != "order" else ()
    return [Para((*head, voice("greeting"))), Para((*po, *wanted)), Para(items), *bye(order, voice)]


def priced_list(order: Order, voice: Voice) -> Sequence[Block]:
    """Numbered, with the price in words."""
    items = tuple(
        f"{n}. {line.description} ({line.sku}), {voice.count(line.quantity)} {line.unit}, {_AT[order.language].format(p=f'{voice.money(line.price)} {order.money}')}"
        for n, line in enumerate(order.lines, 1)
    )
    total = tuple(f"{label}: {value.text}" for label, value in sums(order, voice, "values"))
    return [*hello(order, voice), pairs(order, voice, KEYS, "colon"), Para(items), Para(total), *bye(order, voice)]


def prose(order: Order, voice: Voice, form: str) -> Made:
    """Whole sentences, and no table."""
    items = [f"{voice.count(line.quantity)} {line.unit} {line.sku} ({line.description})" for line in order.lines]
    listed = f" {_AND[order.language]} ".join(filter(None, (", ".join(items[:-1]), items[-1])))
    sentence = voice.rng.choice(_PLEASE[order.language]).format(items=listed)
    head = title(order, voice) if order.kind != "order" else ""
    facts = [f"{voice('po_number')} {order.po_number}"] if order.po_number else []
    facts += [f"{voice('delivery_date')}: {order.requested.text}"] if order.requested else []
    facts += [f"{voice('ship_to')}: {', '.join(order.ship_to.block)}"] if order.ship_to else []
    paragraphs = [
        head,
        voice("greeting"),
        sentence + ".",
        ". ".join(facts) + "." if facts else "",
        *order.notes,
        voice("closing"),
        order.buyer.name,
    ]
    if form == "html":
        return Made(html=html.page("".join(f"<div>{escape(one)}</div><div><br></div>" for one in paragraphs if one)))
    return Made(text="\n\n".join(one for one in paragraphs if one) + "\n")


PLAIN = "price amount total currency tax freight discount"
LAYOUTS: tuple[Layout, ...] = (
    layout("typed-aligned", "text", aligned, lacks="buyer"),
    layout("typed-pipes", "text", piped, text="pipes", lacks="unit buyer"),
    layout("typed-tabs", "text", tabbed, text="tabs", lacks="buyer"),
    layout("typed-stacked", "text", stacked, text="stacked", lacks="unit buyer"),
    layout("one-a-line", "text docx html", one_a_line, lacks="discount buyer"),
    layout("bullets", "text html docx", bullets, lacks=f"{PLAIN} unit buyer"),
    layout("minimal", "text html", minimal, lacks=f"{PLAIN} description order_date terms ship_to bill_to buyer"),
    layout("priced-list", "text html", priced_list, lacks="amount discount buyer"),
    Layout("prose", ("text", "html"), prose, frozenset(f"{PLAIN} order_date terms bill_to buyer".split())),
    layout("outlook-table", "html", aligned, html="outlook", lacks="buyer"),
    layout("nested-tables", "html", piped, html="nested", lacks="unit buyer"),
    layout("cards", "html", aligned, html="divs", lacks="buyer"),
)
