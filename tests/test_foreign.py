"""Made-up orders: the maker is honest and steady, and its measure is able to fail."""

import ast
import copy
import email
import email.policy
import os
import runpy
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests import foreign
from tests.foreign import catalogue
from tests.foreign.compare import findings, plain
from tests.foreign.faults import faults
from tests.foreign.generate import SPLITS, document, documents, split_of
from tests.foreign.layouts import ALL
from tests.foreign.measure import Tally, answers, shown
from tests.foreign.voice import LANGUAGES, words

FOLDER = Path(foreign.__file__).parent
CASES = [(layout, form) for layout in ALL for form in layout.formats]


def test_the_maker_imports_nothing_of_what_it_measures():
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [one.name for one in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not [name for name in names if name.partition(".")[0] in {"maildaemon", "parsers"}], path


def test_every_layout_is_in_exactly_one_half_and_each_half_has_every_format():
    names = [layout.name for layout in ALL]
    assert len(names) == len(set(names)) >= 30
    assert set(names) == set(split_of())
    formats = {
        split: {form for layout in ALL if split_of()[layout.name] == split for form in layout.formats}
        for split in SPLITS
    }
    assert (
        formats["tuned"]
        == formats["unseen"]
        >= {"text", "html", "pdf", "scan", "docx", "xlsx", "xls", "ods", "csv", "tsv", "x12", "edifact", "cxml", "ubl"}
    )


@pytest.mark.parametrize(("layout", "form"), CASES, ids=lambda value: getattr(value, "name", value))
def test_every_layout_makes_a_mail_in_every_format_it_claims_and_the_same_one_again(layout, form):
    languages = LANGUAGES[:1] if form == "scan" else LANGUAGES[:2]
    for language in languages:
        one, again = (document(Random(f"5/{language}"), catalogue.read(), layout, form, language, 3) for _ in range(2))
        assert one == again
        mail = email.message_from_bytes(one.mail, policy=email.policy.default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        assert len(parts) == (1 if form in {"text", "html"} else 2)
        assert len(parts[-1].get_payload(decode=True)) > 50
        assert one.truth["language"] == language
        assert one.truth["lines"]


def test_another_seed_makes_other_documents():
    first, second = ([one.mail for one in documents(seed, 5, "both")] for seed in (1, 2))
    assert not set(first) & set(second)


def test_the_other_wordings_are_complete_and_kept_from_the_tuned_layouts():
    usual, other = words(), words("other")
    for key, table in other.items():
        assert set(table) == set(LANGUAGES), key
        assert all(table.values()), key
    for key in (key for key in other if other[key] != usual[key]):
        for language in LANGUAGES:
            assert not {plain(one) for one in usual[key][language]} & {plain(one) for one in other[key][language]}, (
                key,
                language,
            )
    with pytest.raises(ValueError, match="unseen"):
        next(documents(1, 1, "tuned", "other"))


# --- the measure ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound():
    """A truth that may be acknowledged, has two lines and states what can be stated."""
    return next(
        one.truth for one in documents(3, 400, "both")
        if one.truth["acknowledgeable"] and len(one.truth["lines"]) > 1 and one.truth["requested_days"] and one.truth["ship_to"] and one.truth["total"]
    )  # fmt: skip


def perfect(truth):
    lines = [
        {
            "sku": line["sku"],
            "gtin": line["gtin"],
            "description": line["description"],
            "quantity": line["qty"],
            "unit_price": line["unit_price"],
            "product": line["product"],
        }
        for line in truth["lines"]
    ]
    names = ("po_number", "order_date", "currency", "buyer", "customer", "ship_to", "total")
    order = {
        "decision": "acknowledge",
        **{name: truth[name] for name in names},
        "requested_date": truth["requested_delivery"],
        "lines": lines,
    }
    return {"decision": "acknowledge", "orders": [order]}


def test_the_right_answer_is_no_wrong_acknowledgement(sound):
    assert faults(sound, perfect(sound)) == ()
    assert {one.verdict for one in findings(sound, perfect(sound))} == {"right"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("po_number", "4711"), ("po_number", None), ("customer", "C-9"), ("customer", None), ("currency", "USD"), ("requested_date", "2030-01-01"),
     ("requested_date", None), ("ship_to", "Elsewhere 5, Nowhere"), ("total", "1.00"), ("lines", [])],
)  # fmt: skip
def test_a_doctored_order_is_a_wrong_acknowledgement(sound, name, value):
    answer = perfect(sound)
    answer["orders"][0][name] = value
    assert faults(sound, answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [("product", "XX-1"), ("product", None), ("quantity", "999"), ("quantity", None), ("unit_price", "0.01")],
)
def test_a_doctored_line_is_a_wrong_acknowledgement(sound, name, value):
    answer = perfect(sound)
    answer["orders"][0]["lines"][1][name] = value
    assert faults(sound, answer)


def test_the_wanted_day_may_stand_in_every_line_instead_of_the_head(sound):
    answer = perfect(sound)
    order = answer["orders"][0]
    order["requested_date"] = None
    for line in order["lines"]:
        line["requested_date"] = sound["requested_delivery"]
    assert faults(sound, answer) == ()
    order["lines"][0]["requested_date"] = "2030-01-01"
    assert faults(sound, answer)


def test_what_must_not_be_acknowledged_is_a_wrong_acknowledgement_however_well_it_is_read(sound):
    truth = {**copy.deepcopy(sound), "acknowledgeable": False, "why_not": ["wrong total"]}
    assert faults(truth, perfect(truth)) == ("must not be acknowledged: wrong total",)


def test_an_order_that_a_person_looks_at_is_no_wrong_acknowledgement_however_badly_it_is_read(sound):
    answer = perfect(sound)
    answer["decision"] = answer["orders"][0]["decision"] = "review"
    answer["orders"][0]["po_number"] = "4711"
    assert faults(sound, answer) == ()
    assert [one.field for one in findings(sound, answer) if one.verdict == "wrong"] == ["po_number"]


def test_a_table_shows_the_wrong_acknowledgement_the_ignored_order_and_the_mail_without_answer(sound):
    tally = Tally()
    answer = perfect(sound)
    answer["orders"][0]["po_number"] = "4711"
    tally.add(sound, answer)
    tally.add(sound, None)
    tally.add(sound, {"kind": "other", "decision": "ignore", "orders": []})
    assert f"IGNORED {sound['file']}" in shown(tally)
    assert f"WRONGLY ACKNOWLEDGED {sound['file']}: PO number 4711" in shown(tally)
    assert f"NO ANSWER {sound['file']}" in shown(tally)
    assert tally.counts["", "all"]["faulty"] == 1


def spoilt(rng, answer):
    """The answer with values left out, altered, added, and its lines out of order."""
    order = answer["orders"][0]
    for values in (order, *order["lines"]):
        for name in list(values):
            if name not in {"lines", "decision"} and rng.random() < 0.25:
                values[name] = rng.choice((None, "", "4711", "1.00", "2026-12-01", "Harbour Marine Services Ltd"))
    rng.shuffle(order["lines"])
    del order["lines"][: rng.choice((0, 0, 1))]
    answer["orders"] += rng.choice(([], [], [copy.deepcopy(order)]))
    return answer


@pytest.mark.corpus
def test_the_fields_are_judged_as_the_corpus_own_script_judges_them():
    """Only a calendar week is judged more kindly here: any of its days will do."""
    corpus = os.environ.get("CORPUS")
    script = Path(corpus or "") / ".." / "tools" / "score.py"
    if not corpus or not script.is_file():
        pytest.skip("the variable CORPUS does not name the corpus with its script beside it")
    score = runpy.run_path(str(script))
    rng = Random(4)
    for one in documents(6, 150, "both"):
        truth = {**one.truth, "requested_days": []}
        answer = spoilt(rng, perfect(truth))
        wanted = [] if "not a purchase order" in truth["doc_kind"] else [truth]
        theirs = Counter(
            f"{verdict} {field}"
            for verdict, field, _, _ in score["compare"](wanted, answer["orders"])
            if verdict not in {"right-empty", "extra"}
        )
        ours = Counter(f"{found.verdict} {found.field}" for found in findings(truth, answer))
        assert ours == theirs, one.name


# --- maildaemon itself ------------------------------------------------------------------------------------------------


def test_no_order_of_a_small_sample_is_wrongly_acknowledged_and_some_are_rightly(tmp_path):
    made = [one for one in documents(12, 50, "both") if one.truth["format"] != "scan"]
    paths = [one.write(tmp_path) for one in made]
    tally = Tally()
    for one, answer in zip(made, answers(paths, quiet=True), strict=True):
        tally.add(one.truth, answer)
    assert not tally.broken
    assert not [(one["document"], one["why"]) for one in tally.faulty]
    assert tally.counts["", "all"]["acknowledged"] >= 1
