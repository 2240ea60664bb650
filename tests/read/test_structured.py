"""Interchanges and XML documents as bytes: every separator that they state, every bound, and never an exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.read import bare
from maildaemon.read.structured import in_text, structured
from tests.effort import costs_at_most
from tests.interchanges import EDIFACT, X12, cxml, edifact, isa, order_x, ubl, x12


def shown(text):
    found = in_text(text)
    assert found.problem is None
    return found


def tags(message):
    return [segment.tag for segment in message.segments]


@pytest.mark.parametrize("separator", ["*", "|", "^", "\x1d", "\x1f", "~", "\t", "+"])
@pytest.mark.parametrize("terminator", ["~", "'", "\x1c", "\x1e", "\n", "\x85", "!"])
def test_an_x12_interchange_is_read_by_the_separators_that_it_states(separator, terminator):
    if separator == terminator:
        return
    _, (document,) = bare("o.edi", x12(separator=separator, terminator=terminator).encode())
    (message,) = document.messages
    assert message.doubts == ()
    assert message.sender == ("CLIENT",)
    assert tags(message) == ["ST", *(segment.split("*")[0] for segment in X12), "SE"]
    assert message.segments[1].get(3) == "HM-4711"
    assert message.segments[1].number == 4


@pytest.mark.parametrize("made", [
    lambda text: text.replace("~", "~\r\n"),
    lambda text: text.replace("~", "\r\n"),
    lambda text: text.replace("~", "~\n\n"),
    lambda text: "\ufeff" + text,
    lambda text: "\r\n\r\n  " + text,
    lambda text: "Please find our order below.\n\n" + text + "\n\nRegards\nJoe",
    lambda text: "\n".join(text[at : at + 80] for at in range(0, len(text), 80)),
    lambda text: "\r\n".join(text[at : at + 105] for at in range(0, len(text), 105)),
    lambda text: "\r\n".join(text[at : at + 104] for at in range(0, len(text), 104)),
    lambda text: text + "\x1a",
])  # fmt: skip
def test_an_x12_interchange_may_be_broken_into_lines_and_stand_in_a_text(made):
    (message,) = shown(made(x12())).messages
    assert message.doubts == ()
    assert len(message.segments) == len(X12) + 2
    assert message.segments[5].get(7) == "W-100"


def test_a_field_of_isa_that_lost_its_blanks_is_no_trouble():
    assert len(shown(x12().replace(isa(), " ".join(isa().split()))).messages) == 1


def test_several_interchanges_and_groups_have_their_own_separators():
    text = x12() + "\n" + x12(X12, X12, separator="|", terminator="'") + edifact()[:0]
    assert [len(message.segments) for message in shown(text).messages] == [10, 10, 10]
    assert len({segment.number for message in shown(text).messages for segment in message.segments}) == 30


@pytest.mark.parametrize(("text", "doubt"), [
    (x12().replace("IEA*1", "IEA*2"), "IEA says that the interchange has 2 parts, it has 1"),
    (x12().replace("GE*1", "GE*3"), "GE says that the group has 3 parts, it has 1"),
    (x12().replace("SE*10", "SE*9"), "SE says that there are 9 segments, there are 10"),
    (x12().replace("SE*10*0001", "SE*10*0002"), "the control numbers of ST and SE differ"),
    (x12().replace("IEA*1*000000007", "IEA*1*000000008"), "the control numbers of ISA and IEA differ"),
    (x12().replace("SE*10*0001~", ""), "its end is missing (no SE)"),
    (x12().replace("IEA*1*000000007~", ""), "no IEA"),
    (x12(usage="I"), "marked 'I'"),
])  # fmt: skip
def test_what_disagrees_in_an_x12_envelope_is_said(text, doubt):
    (message,) = shown(text).messages
    assert any(doubt in one for one in message.doubts), message.doubts


@pytest.mark.parametrize("made", [
    lambda text: text,
    lambda text: "\ufeffUNA:+.? '" + text,
    lambda text: "UNA:+.? '\r\n" + text.replace("\n", "\r\n"),
    lambda text: "UNA|^,! ~" + text.replace(":", "|").replace("+", "^").replace("'", "~"),
    lambda text: "UNA:+.? \n" + text.replace("'\n", "\n"),
    lambda text: text.replace("\n", ""),
    lambda text: "\n".join(text.replace("\n", "")[at : at + 70] for at in range(0, 400, 70)),
    lambda text: "Hello,\n\n" + text + "\nRegards\nJoe\n",
])  # fmt: skip
def test_an_edifact_interchange_is_read_by_the_separators_that_it_states(made):
    (message,) = shown(made(edifact())).messages
    assert message.doubts == ()
    assert message.sender == ("CLIENT",)
    assert tags(message) == ["UNH", *(segment[:3] for segment in EDIFACT), "UNT"]
    assert message.segments[1].get(2) == "HM-4711"


def test_a_released_character_is_text():
    (message,) = shown(edifact(("BGM+220+A?+B?:C?'D??+9",))).messages
    assert (message.segments[1].get(2), message.segments[1].get(3)) == ("A+B:C'D?", "9")


@pytest.mark.parametrize(("text", "doubt"), [
    (edifact().replace("UNT+15", "UNT+14"), "UNT says that there are 14 segments, there are 15"),
    (edifact().replace("UNT+15+1", "UNT+15+2"), "the reference numbers of UNH and UNT differ"),
    (edifact().replace("UNZ+1", "UNZ+2"), "UNZ says that there are 2 messages, there are 1"),
    (edifact().replace("UNZ+1+118", "UNZ+1+119"), "the control references of UNB and UNZ differ"),
    (edifact().replace("UNZ+1+118'\n", ""), "no UNZ"),
    (edifact()[edifact().index("UNH") :].replace("UNZ+1+118'\n", ""), "no UNB"),
    (edifact(test="1"), "a test"),
])  # fmt: skip
def test_what_disagrees_in_an_edifact_envelope_is_said(text, doubt):
    (message,) = shown(text).messages
    assert any(doubt in one for one in message.doubts), message.doubts


@pytest.mark.parametrize(("data", "form", "name"), [
    (cxml(), "cXML", "OrderRequest"),
    (ubl(), "UBL", "Order"),
    (order_x(), "CII", "SCRDMCCBDACIOMessageStructure"),
    (ubl().replace('<?xml version="1.0" encoding="UTF-8"?>\n', "\n  "), "UBL", "Order"),
    ("<s:StandardBusinessDocument xmlns:s='urn:x'><s:StandardBusinessDocumentHeader/>"
     + ubl().partition("?>")[2] + "</s:StandardBusinessDocument>", "UBL", "Order"),
])  # fmt: skip
def test_an_xml_document_is_told_by_its_root(data, form, name):
    for encoded in (data.encode(), b"\xef\xbb\xbf" + data.lstrip().encode()):
        _, (document,) = bare("order.xml", encoded)
        assert [(message.form, message.name) for message in document.messages] == [(form, name)]


BOMB = "<!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)


@pytest.mark.parametrize(("data", "problem"), [
    (BOMB + "]><Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'>&j;</Order>", "entit"),
    ("<!DOCTYPE b [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'>&x;</Order>", "entit"),
    ("<!DOCTYPE b [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/'> %x;]><cXML/>", "entit"),
    ("<a xmlns='u'>" + "<b>" * 100 + "</b>" * 100 + "</a>", "nested more than 60 deep"),
    ("<a xmlns='u'>" * 100_000, "no XML that can be read"),
    ("<a xmlns='u'>" + "<b/>" * 200_000 + "</a>", "more than 100000 elements"),
    ("<?xml version='1.0'?><Order xmlns='urn:oasis", "no XML that can be read"),
    ("<?xml version='1.0' encoding='nonsense'?><a/>", "no XML that can be read"),
    ("<?xml version='1.0'?><letter>please</letter>", "of a form that is not known"),
    (ubl() + " " * 11 * 2**20, "larger than 10 MiB"),
])  # fmt: skip
def test_a_hostile_document_is_refused_with_a_reason(data, problem):
    with costs_at_most(3):
        _, (document,) = bare("order.xml", data.encode())
    assert problem in document.problem
    assert document.messages == ()


@pytest.mark.parametrize("data", [
    x12(("PO1*1*1*EA~" * 1_000_000,)),
    isa() + "A" * 9_000_000,
    isa() + "PO1" + "*" * 9_000_000,
    isa() * 50_000,
    "ISA*00*" * 1_000_000,
    "UNA:+.? 'UNB+UNOA:1+A+B'" + "LIN+1'" * 1_000_000,
    "UNB+UNOA:1+A+B'UNH+1+ORDERS:D:96A'" + "?" * 5_000_000,
    "UNB+UNOA:1+A+B'UNH+1+ORDERS:D:96A'" + "FTX+" + ":" * 5_000_000,
    "UNB+UNOA:1+A+B'" * 300_000,
    "UNA:+.? 'UNB" * 300_000,
    x12() * 3_000,
])  # fmt: skip
def test_a_hostile_interchange_costs_little(data):
    with costs_at_most(10):
        _, (document,) = bare("order.edi", data.encode())
    assert sum(len(message.segments) for message in document.messages) <= 50_000
    assert document.problem or document.messages or document.lines


EDIS = st.sampled_from([x12(), edifact(), "UNA:+,? '" + edifact()])
XMLS = st.sampled_from([cxml(), ubl(), order_x()])


@given(EDIS, st.lists(st.tuples(st.integers(0, 700), st.text(max_size=4)), max_size=8))
@settings(deadline=None, max_examples=300)
def test_a_damaged_interchange_never_raises(text, damages):
    for at, new in damages:
        text = text[:at] + new + text[at + len(new) :]
    bare("o.edi", text.encode("utf-8", "surrogatepass"))


@given(XMLS, st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4)), max_size=6))
@settings(deadline=None, max_examples=300)
def test_a_damaged_document_never_raises(text, damages):
    data = text.encode()
    for at, new in damages:
        data = data[:at] + new + data[at + len(new) :]
    bare("o.xml", data)


@given(st.binary(max_size=400), st.sampled_from(["application/edi-x12", "application/edifact", "application/xml"]))
@settings(deadline=None, max_examples=300)
def test_no_bytes_raise(data, media_type):
    structured(data, media_type)
    structured(isa().encode() + data, media_type)
    structured(b"UNB+UNOA:1+A+B'UNH+1+ORDERS:D:96A'" + data, media_type)
