"""What the general reader found in the samples → the text of a profile that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maildaemon.drafting import marks, numbers, told
from maildaemon.drafting.claims import claims
from maildaemon.drafting.sample import CannotDraft, Sample
from maildaemon.drafting.seen import Seen, missing, seen
from maildaemon.drafting.strangers import Stranger, strangers
from maildaemon.drafting.written import entry, listed, regex, remark, string, strings, wrapped
from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Order, Source
from maildaemon.parse.labels import Labels, labels, named
from maildaemon.playbook import GENERAL
from maildaemon.wording import shown

EVERYTHING = frozenset({*HEADER_FIELDS, *(f"lines.{name}" for name in LINE_FIELDS), "decimal", "dates", "language"})
"""All that may be left out of a draft; whose mail it is stays."""
LEFT_OUT = "left out: with it less is read"
MOST = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """``found`` and ``look`` are sentences for people: what was found, and what is to be looked at."""

    text: str
    found: tuple[str, ...]
    look: tuple[str, ...]


def propose(
    name: str, samples: Sequence[Sample], source: Source | None = None, without: frozenset[str] = frozenset()
) -> Draft:
    """``without`` names fields of which nothing but a comment is to be written. Raises CannotDraft."""
    if not samples:
        raise CannotDraft("expected at least one sample mail")
    whose = claims(samples)
    orders = [order for sample in samples for order in sample.reading.orders]
    known = labels(GENERAL)
    found = seen(samples, known)
    unknown = strangers(samples, known)
    lines = [
        *_top(name, samples, orders, source),
        *_ways(orders, without),
        *_ignored(samples, known),
        "",
        "[claims]",
        *(line for claim in whose for line in entry(claim.key, strings(claim.patterns), claim.why)),
        *(line for one in HEADER_FIELDS if one in found for line in _field(one, found[one], samples, orders, without)),
        *_columns(found, without),
        *_bare(found),
        *_open(found, samples, unknown),
    ]
    return Draft("\n".join(lines) + "\n", told.found(whose, found, samples), told.look(found, samples, unknown))


def _top(name: str, samples: Sequence[Sample], orders: Sequence[Order], source: Source | None) -> list[str]:
    many = f"{len(samples)} sample mails" if len(samples) > 1 else "one sample mail"
    files = ", ".join(sample.file for sample in samples[:6]) + (" …" if len(samples) > 6 else "")
    buyer = next((order.buyer.value for order in orders if order.buyer is not None), name)
    lines = [
        remark(f"Proposed by `maildaemon profile draft` from {many}: {files}."),
        remark("Read each line; correct or delete what is not so. Then see what it reads:"),
        remark(f"maildaemon profile test {name}"),
        *entry("description", string(f"{buyer}: a draft, not looked at yet."), "say what it is"),
    ]
    if source is not None:
        return [*lines, *entry("source", string(source))]
    if any(document.messages for sample in samples for document in sample.reading.documents):
        return [*lines, remark('source = "edi"  # so it is for a structured message; a profile need not say it')]
    return [*lines, *entry("source", string(Source.DIRECT), "or portal, web-form, crm, edi, phone")]


def _ways(orders: Sequence[Order], without: frozenset[str]) -> list[str]:
    """How the writer writes: language, decimal mark, dates."""
    lines: list[str] = []
    languages = {order.language for order in orders}
    if len(languages) == 1 and None not in languages and "language" not in without:
        lines += entry("language", string(str(languages.pop())), "in every sample")
    for key, proof, example in (
        ("decimal", marks.decimal_mark(orders), ","),
        ("dates", marks.date_order(orders), "dmy"),
    ):
        if proof.value is not None and key not in without:
            lines += entry(key, string(proof.value), proof.why)
        else:
            lines.append(remark(f"{key} = {string(proof.value or example)}  # {proof.why}"))
    return lines


def _ignored(samples: Sequence[Sample], known: Labels) -> list[str]:
    """What is said beside the orders of every sample, for a person to say whether it means nothing."""
    said = [dict.fromkeys(_phrase(text) for text in sample.reading.remarks) for sample in samples]
    each = [text for text in said[0] if text and all(text in other for other in said) and not named(known.column, text)]
    if not each:
        return []
    lines = [
        remark("Said beside the orders, so a person has to look. Does it come every time, and mean nothing? Then:")
    ]
    return [*lines, remark(f"ignore = {listed(each[:5])}")]


def _phrase(text: str) -> str:
    """What a remark quotes; of a label and a value the label."""
    quoted = text.partition("“")[2].rstrip("”").rstrip("…")
    head, colon, _ = quoted.partition(":")
    return shown(head.rstrip("0123456789#. ") if colon else quoted, 90)


def _field(
    name: str, one: Seen, samples: Sequence[Sample], orders: Sequence[Order], without: frozenset[str]
) -> list[str]:
    lines: list[str] = []
    texts = listed(list(one.labels))
    if one.labels and name in without:
        lines.append(remark(f"labels = {texts}  # {LEFT_OUT}"))
    elif one.labels:
        count = f"; {len(one.files)} of {len(samples)} samples" if len(samples) > 1 else ""
        lines += entry("labels", texts, next(iter(one.labels.values())) + count)
    if name == "po_number":
        lines += _pattern(orders, without)
    if not lines:
        return []
    head = f"[fields.{name}]"
    return ["", head if any(not line.startswith("#") for line in lines) else remark(head), *lines]


def _pattern(orders: Sequence[Order], without: frozenset[str]) -> list[str]:
    stated = [order.po_number.value for order in orders if order.po_number is not None]
    others = [str(found.value) for order in orders for name, found in marks.values(order) if name != "po_number"]
    found = numbers.pattern(stated, others)
    if found.pattern is None:
        return [remark(f"no pattern: {found.why}")]
    if "po_number" in without:
        return [remark(f"pattern = {regex(found.pattern)}  # {LEFT_OUT}")]
    only = "" if len(set(stated)) > 1 else ": one number alone, check it"
    return entry("pattern", regex(found.pattern), found.why + only)


def _columns(found: Mapping[str, Seen], without: frozenset[str]) -> list[str]:
    lines: list[str] = []
    for name in LINE_FIELDS:
        one = found.get(f"lines.{name}")
        if one is None or not one.labels:
            continue
        if f"lines.{name}" in without:
            lines.append(remark(f"{name} = {listed(list(one.labels))}  # {LEFT_OUT}"))
        else:
            lines += entry(name, listed(list(one.labels)), next(iter(one.labels.values())))
    return ["", "[lines]", *lines] if lines else []


def _bare(found: Mapping[str, Seen]) -> list[str]:
    bare = [name for name, one in found.items() if not one.labels]
    where = "from a subject, a sentence, a structured message"
    return ["", *wrapped(f"Read without a label of their own, {where}: {', '.join(bare)}.")] if bare else []


def _open(found: Mapping[str, Seen], samples: Sequence[Sample], unknown: Sequence[Stranger]) -> list[str]:
    """What was not found, and what stands in the samples without being understood."""
    lines: list[str] = []
    if absent := missing(found):
        lines += ["", *wrapped(f"Not found in any sample: {', '.join(absent)}."), *_example(absent)]
    if unknown:
        lines += ["", remark("Labels and headings that mean nothing to the reader; does one of them name a field?")]
        lines += [remark(f"· {string(one.text)}{f': {one.value}' if one.value else ''}") for one in unknown]
    doubts = dict.fromkeys(
        f"{sample.file}: {doubt}"
        for sample in samples
        for doubt in (*sample.reading.doubts, *(doubt for order in sample.reading.orders for doubt in order.doubts))
    )
    if doubts:
        lines += ["", remark("What the general reader could not settle, so that a person has to look:")]
        lines += [remark(f"· {doubt}") for doubt in list(doubts)[:MOST]]
    return lines


def _example(absent: Sequence[str]) -> list[str]:
    """How a person says where a value stands."""
    lines = [remark("If the mails state it, say under which label or heading:")]
    name = next((one for one in absent if "." not in one), None)
    if name is not None:
        lines += [remark(f"[fields.{name}]"), remark('labels = ["…"]')]
    columns = [one.partition(".")[2] for one in absent if "." in one]
    if columns:
        lines += [remark("[lines]"), *(remark(f'{one} = ["…"]') for one in columns)]
    return lines
