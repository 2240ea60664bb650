"""docs/rules.md tells the truth: its tables come from the program, its examples hold."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from maildaemon import condition
from maildaemon.cases import Article, Case, CaseCustomer, CaseLine, CaseOrder, cases, reading_of, result
from maildaemon.checks import VOCABULARY
from maildaemon.decide import Stand, decide
from maildaemon.deck import vocabulary_reference
from maildaemon.edge import playbooks
from maildaemon.model import Found
from maildaemon.reply.answer import CustomerView, LineView, OrderView
from maildaemon.reply.layouts import SHARED
from tests.test_condition import KNOWN, ORDER

PATH = Path(__file__).parent.parent / "docs" / "rules.md"
WISHES = {
    "present": ["present", "has-lines", "lines-present"],
    "at most, at least": ["at-most", "at-least", "worth-at-most", "lines-at-most", "lines-above"],
    "one of": ["one-of"],
    "within days": ["within-days"],
    "adds up": ["adds-up"],
    "unit price within so many percent of the customer's own, else the list price": ["prices-as-agreed"],
    "quantity within the usual range": ["quantity-usual"],
    "known customer": ["known-customer"],
    "new client": ["not-a-new-client"],
    "known delivery address": ["ship-to-known"],
    "billing address matches": ["bill-to-known"],
    "product known and active": ["known-products", "units-as-sold"],
    "currency allowed": ["currency-allowed"],
    "payment in order": ["customer-in-good-standing", "within-credit-limit", "terms-as-agreed"],
    "stock known": ["stock-known", "all-in-stock"],
    "promise can be met": ["day-can-be-promised", "requested-date-can-be-met"],
    "not a repeat": ["not-a-repeat", "po-number-not-seen-before", "not-ordered-lately", "no-line-twice"],
    "read right": ["well-read", "reader-has-no-doubts"],
}
ALWAYS = {"sender authenticated": "sender-is-who-it-says", "no unread attachment left": "everything-was-read"}


def wishes():
    rows = [f"| {wish} | {', '.join(f'`{name}`' for name in names)} |" for wish, names in WISHES.items()]
    return "\n".join([*rows, *(f"| {wish} | always: `{rule}` |" for wish, rule in ALWAYS.items())])


def forms():
    parts = (("a case", Case), ("order", CaseOrder), ("order.lines", CaseLine), ("customer", CaseCustomer))
    rows = [
        f"| {where} | {', '.join(f'`{info.alias or name}`' for name, info in form.model_fields.items())} |"
        for where, form in (*parts, ("articles.*", Article))
    ]
    return "\n".join(["| of | what can be said |", "|---|---|", *rows])


def names():
    views = (("each of orders", OrderView), ("each of its lines", LineView), ("customer", CustomerView))
    rows = [("everywhere", sorted(SHARED))] + [(where, list(view._fields)) for where, view in views]
    shown = [f"| {where} | {', '.join(f'`{name}`' for name in found)} |" for where, found in rows]
    return "\n".join(["| there | names |", "|---|---|", *shown, "| words | `t_` and the key in `texts/en.toml` |"])


BLOCKS = {
    "wishes": wishes,
    "checks": lambda: vocabulary_reference(VOCABULARY),
    "conditions": condition.reference,
    "cases": forms,
    "layouts": names,
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_table_is_up_to_date(name, bless):
    text = PATH.read_text("utf-8")
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    head, _, rest = text.partition(begin)
    wanted = head + begin + BLOCKS[name]() + "\n" + end + rest.partition(end)[2]
    if bless:
        PATH.write_text(wanted, "utf-8")
    assert PATH.read_text("utf-8") == wanted, f"docs/rules.md: {name} is stale: pytest tests/test_docs.py --bless"


def test_everything_that_can_be_wanted_is_there_and_every_check_serves_a_wish():
    assert {name for names in WISHES.values() for name in names} == set(VOCABULARY)


def test_what_holds_whatever_the_decks_say_holds():
    reading = reading_of(Case(name="forged", expect="review", unread=("po.pdf: it is broken",)))
    stand = Stand(authserv_id="mx.us.example", secret=b"s")
    found = decide(reading, [KNOWN], playbooks.load(), stand, content="1")
    assert set(ALWAYS.values()) <= {one.rule for one in found.objections}


FULL = replace(ORDER, ship_to=Found("Freeport, Cork"), order_date=Found(date(2026, 11, 22)))
CEL = re.findall(
    r"^\| `(.+?)` \|", PATH.read_text("utf-8").partition("begin cel")[2].partition("end cel")[0], re.MULTILINE
)


@pytest.mark.parametrize("text", CEL)
def test_each_line_of_the_cheat_sheet_is_a_condition(text):
    found = condition.condition(text.replace(r"\|", "|"))
    assert isinstance(found.holds(FULL, KNOWN), bool)
    assert found.constant is None


@pytest.mark.parametrize(
    "text",
    [
        "order.order_date.getDayOfWeek() == 0",  # a Sunday
        "order.order_date.getMonth() == 10",  # November
        "order.order_date.getFullYear() == 2026",
    ],
)
def test_days_are_counted_as_the_cheat_sheet_says(text):
    assert condition.condition(text).holds(FULL, KNOWN)


def test_the_example_cases_are_decided_as_they_say():
    (text,) = re.findall(r"```toml\n(.*?)```", PATH.read_text("utf-8"), re.DOTALL)
    found = [result(case, where, playbooks.load()) for case, where in cases(text, "docs/rules.md")]
    assert len(found) == 2
    assert [(one.decision.action, one.objects) for one in found if not one.good] == []
