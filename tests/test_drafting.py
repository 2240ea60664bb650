"""A profile proposed from sample mails: it loads, claims them and nobody else's, and reads at least what was read."""

import dataclasses
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildaemon.drafting import CannotDraft, Sample, propose, settled
from maildaemon.drafting.marks import date_order, decimal_mark
from maildaemon.drafting.numbers import pattern
from maildaemon.drafting.seen import seen
from maildaemon.drafting.settled import lost
from maildaemon.drafting.wrapped import wrapped
from maildaemon.drafting.written import entry, regex, remark, string
from maildaemon.edge.playbooks import load
from maildaemon.model import Kind, Source
from maildaemon.parse.labels import labels
from maildaemon.playbook import GENERAL as GENERAL_PROFILE
from maildaemon.playbook import Profile, profile
from maildaemon.understand import understand
from tests.effort import costs_at_most

FOLDER = Path(__file__).parent / "mail"
MAILS = {path: path.read_bytes() for path in sorted(FOLDER.glob("*/*.eml"))}
PLAYBOOK = load()
GENERAL = dataclasses.replace(PLAYBOOK, profiles=(PLAYBOOK.general(),))
# Each source's mails are one client's; of the general profile each mail is another's.
CLIENTS = {
    path.parent.name if path.parent.name != "general" else path.stem: [
        one for one in MAILS if one == path or (one.parent == path.parent and path.parent.name != "general")
    ]
    for path in MAILS
}


@cache
def general(path):
    """What the general reader alone has read."""
    return understand(MAILS[path], GENERAL)


def samples(raws):
    return [Sample(f"{number}.eml", understand(raw, GENERAL)) for number, raw in enumerate(raws, 1)]


def reading(raws):
    def read(text):
        one = profile("acme", text, "acme.toml")
        return [understand(raw, dataclasses.replace(GENERAL, profiles=(*GENERAL.profiles, one))) for raw in raws]

    return read


def drafted(*raws, source=None):
    made, found = settled("acme", samples(raws), reading(raws), source)
    return profile("acme", made.text, "acme.toml"), made, found


def mail(body, *, sender="orders@acme.example", subject="Purchase order AC-100201"):
    head = f"From: {sender}\nTo: us@us.example\nSubject: {subject}\nMIME-Version: 1.0\n"
    return (head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body).encode()


def outcome(call):
    """What the call returns, and the reason when it cannot draft."""
    try:
        return call(), None
    except CannotDraft as error:
        return None, str(error)


BODY = """PO number: {0}
Order date: 20/11/2026
Currency: EUR

Item     Description     Qty   Price    Amount
W-100    Hex bolt          5    1,20      6,00
W-200    Hex nut          10    0,55      5,50

Total: 11,50
"""
ONE, TWO = (mail(BODY.format(number), subject=f"Purchase order {number}") for number in ("AC-100201", "AC-100202"))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_draft_claims_its_samples_and_reads_what_was_read(client):
    raws = [MAILS[path] for path in CLIENTS[client]]
    found, _, after = drafted(*raws)
    assert [one.profile for one in after] == ["acme"] * len(raws)
    assert found.name == "acme"
    for before, now in zip(samples(raws), after, strict=True):
        assert list(lost(before.reading, now)) == []
    for path in MAILS:
        other = general(path)
        if path not in CLIENTS[client] and other.mail.sender != after[0].mail.sender:
            assert not found.claims.hold(other.mail, other.documents), path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(MAILS)), min_size=1, max_size=4))
def test_any_mails_give_a_profile_that_loads_or_a_reason(paths):
    given_mails = samples([MAILS[path] for path in paths])
    made, reason = outcome(lambda: propose("acme", given_mails))
    if made is None:
        assert re.fullmatch(r"the samples have (several senders|no sender): [^\n]+", reason)
        return
    found = profile("acme", made.text, "acme.toml")
    assert all(found.claims.hold(one.reading.mail, one.reading.documents) for one in given_mails)


def test_what_was_seen_stands_in_the_draft_with_where_it_was_seen():
    found, made, _ = drafted(ONE, TWO)
    assert found.source is Source.DIRECT
    assert (found.language, found.decimal, found.dates) == ("en", ",", "dmy")
    assert found.claims.sender == ("orders@acme.example",)
    assert found.claims.subject == ("Purchase order *",)
    assert found.fields["po_number"].labels == ("PO number",)
    assert found.fields["total"].labels == ("Total",)
    assert dict(found.lines) == {
        "sku": ("Item",),
        "description": ("Description",),
        "quantity": ("Qty",),
        "unit_price": ("Price",),
        "amount": ("Amount",),
    }
    assert "1.eml: body, line 1; 2 of 2 samples" in made.text
    assert "# Not found in any sample: requested_date, buyer" in made.text


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("northwind/plain-order", {"currency", "buyer"}),
        ("supplydock/two-lines", {"lines.unit", "buyer"}),
        ("general/outlook-nested-tables", {"currency", "buyer"}),
        ("general/order-as-pdf", {"buyer"}),
        ("general/order-as-xlsx", set()),
        ("general/order-as-docx", set()),
        ("general/csv-attachment", {"currency", "po_number"}),
    ],
)
def test_the_label_of_every_value_that_has_one_is_found(name, without):
    (sample,) = samples([MAILS[FOLDER / f"{name}.eml"]])
    found = seen([sample], labels(GENERAL_PROFILE))
    assert "po_number" in found
    assert {field for field, one in found.items() if not one.labels} <= without


def test_the_draft_asks_for_a_source_that_is_given():
    assert drafted(ONE, source=Source.PORTAL)[0].source is Source.PORTAL


def test_one_sample_is_marked_as_one():
    found, made, _ = drafted(ONE)
    assert "one number alone, check it" in made.text
    assert "from one subject alone, look at it" in made.text
    assert any("draft from two or three" in sentence for sentence in made.look)
    assert re.search(found.fields["po_number"].pattern, "AC-100201")


def test_a_mail_without_an_order_gives_a_draft_that_says_so():
    raw = mail("Wanted on site: 14/12/2026\n\nPart      What it is      How many\nW-100     Hex bolt        5\n")
    found, made, _ = drafted(raw)
    assert found.claims.sender == ("orders@acme.example",)
    assert '"Wanted on site": 14/12/2026' in made.text
    assert '"How many"' in made.text
    assert "Not found in any sample: order_date" in made.text


ODD = mail(
    "Raised:   23/11/2026\n\nPart     What it is    How many\nHS-QC    Coupling         40\n", subject="Call-off 47"
)
TAUGHT = '[claims]\nfrom = "*@acme.example"\n[lines]\ndescription = ["What it is"]\nquantity = ["How many"]\n'


def test_a_mail_whose_form_tells_nothing_is_an_order_when_its_profile_reads_lines():
    """A layout that only a profile knows would else never be an order at all."""
    assert samples([ODD])[0].reading.kind is Kind.OTHER
    (found,) = reading([ODD])(TAUGHT)
    assert (found.kind, found.kind_reason) == (Kind.ORDER, "the profile acme claims it and reads lines in it")
    assert found.orders[0].lines[0].quantity.value == 40


@pytest.mark.parametrize(
    ("header", "kind"),
    [("List-Unsubscribe: <https://x.example>", Kind.BULK), ("Auto-Submitted: auto-replied", Kind.AUTO_REPLY)],
)
def test_a_mail_of_another_kind_is_no_order_whoever_claims_it(header, kind):
    (found,) = reading([f"{header}\n".encode() + ODD])(TAUGHT)
    assert (found.kind, found.profile, found.orders) == (kind, "acme", ())


def test_a_claimed_mail_without_lines_stays_of_no_kind():
    (found,) = reading([mail("We have moved: 12 Quay Street.\n", subject="News")])(TAUGHT)
    assert (found.kind, found.orders) == (Kind.OTHER, ())


def test_a_draft_of_such_a_mail_reads_what_can_be_read_of_it():
    raw = mail("Part     Qty    What it is\nHS-QC    40     Coupling\n", subject="Call-off 47")
    assert samples([raw])[0].reading.kind is Kind.OTHER
    found, _, after = drafted(raw)
    assert after[0].kind is Kind.ORDER
    assert found.lines["quantity"] == ("Qty",)


def test_a_profile_that_fails_on_a_mail_of_no_kind_makes_a_person_look():
    def fail(mail, documents):
        raise ZeroDivisionError

    one = profile("acme", TAUGHT, "acme.toml", fail)
    found = understand(ODD, dataclasses.replace(GENERAL, profiles=(one,)))
    assert (found.kind, found.orders) == (Kind.ORDER, ())
    assert found.doubts == ("the profile acme failed: ZeroDivisionError: ",)


# --- whose mail it is -------------------------------------------------------------------------------------------------


def claims(*senders, subjects=("Order 1", "Order 2")):
    raws = [mail(BODY, sender=sender, subject=subject) for sender, subject in zip(senders, subjects, strict=False)]
    return profile("acme", propose("acme", samples(raws)).text, "acme.toml").claims


def test_two_clerks_of_one_company_are_its_domain():
    assert claims("ann@acme.example", "bob@acme.example").sender == ("*@acme.example",)
    assert claims("ann@acme.co.uk", "bob@north.acme.co.uk").sender == ("*@acme.co.uk", "*@north.acme.co.uk")


@pytest.mark.parametrize("domain", ["gmail.com", "gmx.de", "github.io"])
def test_a_domain_that_is_open_to_everybody_is_never_claimed(domain):
    assert claims(f"ann@{domain}").sender == (f"ann@{domain}",)
    assert claims(f"ann@{domain}", f"bob@{domain}").sender == (f"ann@{domain}", f"bob@{domain}")


def test_several_clients_are_refused():
    with pytest.raises(CannotDraft, match=r"several senders: ann@acme\.example, bob@other\.example"):
        claims("ann@acme.example", "bob@other.example")


def test_a_sender_that_is_a_pattern_claims_itself_alone():
    found = claims("*@acme.example")
    assert found.sender == ("[*]@acme.example",)
    other = samples([mail(BODY, sender="x@acme.example", subject="Order 3")])[0].reading
    assert not found.hold(other.mail, other.documents)


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (("Order 1 for Madrid", "Order 2 for Madrid"), ("Order * for Madrid",)),
        (("Bestellung", "Bestellung"), ("Bestellung*",)),
        (("Order", "Order 2"), ()),
        (("1", "2"), ()),
        (("Hello", "Order 2"), ()),
        (("[ext] Order 1?", "[ext] Order 2?"), ("[[]ext] Order *",)),
    ],
)
def test_a_subject_is_what_the_samples_share(subjects, expected):
    assert claims("ann@acme.example", "ann@acme.example", subjects=subjects).subject == expected


def test_a_bare_document_needs_to_be_said_whose_it_is():
    raw = wrapped("po.csv", b"PO number,Item,Qty\nAC-1001,W-100,5\n", None)
    with pytest.raises(CannotDraft, match="--from ADDRESS"):
        propose("acme", samples([raw]))
    told = wrapped("po.csv", b"PO number,Item,Qty\nAC-1001,W-100,5\n", "edi@acme.example")
    assert drafted(told)[0].claims.sender == ("edi@acme.example",)


@pytest.mark.parametrize("sender", ["nobody", "a@b@c.example", "a b@c.example", "a@c.example\nBcc: x@y.example", "@"])
def test_a_sender_that_is_no_address_is_refused(sender):
    with pytest.raises(ValueError, match="expected an address"):
        wrapped("po.csv", b"", sender)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "good", "bad"),
    [
        (("NW-004711", "NW-004712"), ("NW-999999",), ("NW-1234567", "NW-123456-7", "XNW-123456", "NW-12345")),
        (("SD-2026-10012", "SD-2025-10077"), ("SD-2027-00001",), ("SD-2027-1",)),
        (("4500187799", "4500187801"), ("4599999999",), ("4600000000", "450018779", "45001877990")),
        (("A+1", "A+22"), ("A+7", "A+77"), ("AA7", "A+777")),
        (("2026/0419", "2026/0420"), ("2027/0001",), ("12026/0419", "2026/04199")),
    ],
)
def test_numbers_that_look_alike_are_one_pattern(numbers, good, bad):
    found = pattern(numbers, ()).pattern
    for number in (*numbers, *good):
        assert re.search(found, f"No {number}, please")[0] == number
    for number in bad:
        assert re.search(found, f"No {number}, please") is None


@pytest.mark.parametrize(
    ("numbers", "others", "why"),
    [
        ((), (), "no PO number"),
        (("4711", "4712"), (), "digits alone"),
        (("12345678",), (), "digits alone"),
        (("4500187799", "7100187799"), (), "digits alone"),
        (("A-1", "B/2"), (), "different ways"),
        (("AB-12", "XY-34"), (), "several buyers"),
        (("W-100", "W-200"), ("W-300",), "which is no PO number"),
        (("Ä-1",), (), "unlike any"),
        (("a1" * 40,), (), "unlike any"),
    ],
)
def test_numbers_that_prove_nothing_give_no_pattern(numbers, others, why):
    found = pattern(numbers, others)
    assert found.pattern is None
    assert why in found.why


# --- how numbers and dates are written --------------------------------------------------------------------------------


def orders(body):
    return [order for sample in samples([mail(body)]) for order in sample.reading.orders]


def test_a_decimal_mark_needs_two_numbers_that_show_it():
    assert decimal_mark(orders(BODY)).value == ","
    assert decimal_mark(orders(BODY.replace(",", "."))).value == "."
    assert decimal_mark(orders(BODY.replace("11,50", "11.50"))).value is None
    assert decimal_mark(orders("PO number: AC-1\nTotal: 11,50\n")).value is None


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("20/11/2026", "dmy"),
        ("11/20/2026", "mdy"),
        ("2026-11-20", "ymd"),
        ("20.11.2026", None),
        ("20 November 2026", None),
    ],
)
def test_an_order_of_day_and_month_is_proved_by_a_date_that_has_only_one(written, order):
    assert date_order(orders(BODY.replace("20/11/2026", written))).value == order


# --- what a profile must not lose -------------------------------------------------------------------------------------


def test_what_loses_a_value_is_left_out_and_said():
    """The reader that is given loses the order's date as long as the profile states its labels."""

    def read(text):
        honest = reading([ONE, TWO])(text)
        if "order_date" not in profile("acme", text, "acme.toml").fields:
            return honest
        return [
            dataclasses.replace(one, orders=tuple(dataclasses.replace(order, order_date=None) for order in one.orders))
            for one in honest
        ]

    made, found = settled("acme", samples([ONE, TWO]), read)
    assert '# labels = ["Order date"] # left out: with it less is read' in made.text
    assert found[0].orders[0].order_date is not None
    assert '\nlabels = ["PO number"]' in made.text


def test_samples_that_are_read_otherwise_each_time_are_refused():
    def read(text):
        return [dataclasses.replace(one, orders=()) for one in reading([ONE])(text)]

    with pytest.raises(CannotDraft, match="everything"):
        settled("acme", samples([ONE]), read)


# --- hostile samples --------------------------------------------------------------------------------------------------

NASTY = [
    'PO "number"\\',
    "PO 'number'",
    "PO number ]]\n[claims",
    "PO\x00number",
    "PO\x1b[2Jnumber",
    "PO number\u202e\u2028",
    "PO number = '''",
    'PO number """',
    "P.O. (number)*+?[^",
    "PO number #\u00a0\x7f",
    "PO\x85number\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
]


@pytest.mark.parametrize("label", NASTY)
@pytest.mark.parametrize("sender", ["orders@acme.example", '"]\\n[fields"@acme.example', "orders@ac[me*.example"])
def test_a_hostile_label_is_a_string_like_any_other(label, sender):
    raw = mail(
        BODY.replace("PO number", label).replace("Qty", f"Qty {label[:1]}"), sender=sender, subject=f"{label} '\"\\ 1"
    )
    done, reason = outcome(lambda: drafted(raw, raw))
    if done is None:
        assert re.match("the samples have no sender|the sender .* is no address that a profile can claim", reason)
        return
    found, made, _ = done
    assert isinstance(found, Profile)
    assert set(tomllib.loads(made.text)) <= {
        "description",
        "source",
        "language",
        "decimal",
        "dates",
        "claims",
        "fields",
        "lines",
    }
    assert all(character == "\n" or character.isprintable() for character in made.text)


def test_a_label_of_a_megabyte_is_bounded():
    label = "PO number " + "x" * 2**20
    with costs_at_most(10):
        _, made, _ = drafted(mail(BODY.replace("PO number", label)))
        assert len(made.text) < 20_000


@given(st.text(max_size=300))
def test_any_text_is_a_toml_string_and_a_comment(text):
    written = "\n".join([remark(text), *entry("key", string(text), text), remark(text)])
    assert isinstance(tomllib.loads(written)["key"], str)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_any_pattern_is_written_as_it_is(text):
    escaped = re.escape(text)
    if "\n" in escaped or not escaped.isprintable():
        return
    assert tomllib.loads(f"key = {regex(escaped)}")["key"] == escaped
