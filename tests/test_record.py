"""The arithmetic of trust: the bound of an error out of few decisions, judged at fixed numbers of them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.edge import playbooks
from maildaemon.model import Mode
from maildaemon.modes import ProfileMode, Terms
from maildaemon.record import LOOKS, Counts, Look, Record, allowed, at_most, look, percent, proposal, upper_bound
from tests.fakes import START

TERMS = Terms()


@pytest.mark.parametrize("decisions", [1, 10, *LOOKS])
def test_without_an_error_the_bound_is_the_root_of_five_percent(decisions):
    assert float(upper_bound(0, decisions)) == pytest.approx(1 - 0.05 ** (1 / decisions), abs=2e-6)


@pytest.mark.parametrize(
    ("errors", "decisions", "shown"),
    # Tables of the one-sided Clopper-Pearson bound at 95 %.
    [(0, 59, "4.95 %"), (0, 149, "1.99 %"), (0, 299, "1.00 %"), (1, 20, "21.61 %"), (1, 10, "39.42 %"), (5, 100, "10.23 %")],
)  # fmt: skip
def test_the_bound_is_that_of_the_tables(errors, decisions, shown):
    assert percent(upper_bound(errors, decisions)) == shown


def exactly(errors, decisions, probability):
    """The binomial sum term by term, in decimals."""
    term = (1 - probability) ** decisions
    total = term
    for k in range(1, errors + 1):
        term = term * (decisions - k + 1) / k * probability / (1 - probability)
        total += term
    return total


@pytest.mark.parametrize(("errors", "decisions"), [(1, 59), (1, 149), (3, 299), (8, 299), (9, 299), (298, 299)])
def test_at_the_bound_so_few_errors_are_seen_in_five_cases_of_a_hundred(errors, decisions):
    bound = upper_bound(errors, decisions)
    step = Decimal("0.000002")
    assert exactly(errors, decisions, bound) <= Decimal("0.05") <= exactly(errors, decisions, bound - step)


def test_the_fewest_decisions_that_prove_five_percent_are_59_149_with_2_and_299_with_8_errors():
    limit = Decimal("0.05")
    assert upper_bound(0, 59) <= limit < upper_bound(0, 58)
    assert upper_bound(1, 59) > limit
    assert upper_bound(2, 149) <= limit < upper_bound(3, 149)
    assert upper_bound(8, 299) <= limit < upper_bound(9, 299)


def test_where_everything_was_wrong_nothing_is_proved():
    assert upper_bound(59, 59) == 1


@settings(deadline=None)
@given(st.integers(1, 299), st.data())
def test_another_error_never_lowers_the_bound_and_the_bound_is_above_what_was_seen(decisions, data):
    errors = data.draw(st.integers(0, decisions - 1))
    assert Decimal(errors) / decisions < upper_bound(errors, decisions) <= upper_bound(errors + 1, decisions)


def test_the_binomial_sum_is_one_over_everything():
    assert at_most(59, 59, 0.3) == pytest.approx(1)


@pytest.mark.parametrize(("decisions", "judged"), [(0, None), (58, None), (59, 59), (148, 59), (149, 149), (400, 299)])
def test_the_error_is_judged_at_fixed_numbers_of_decisions_only(decisions, judged):
    found = look([False] * decisions)
    assert (found.decisions if found else None) == judged


def test_what_comes_after_a_judgement_does_not_change_it():
    assert look([False] * 59 + [True] * 89) == Look(59, 0, upper_bound(0, 59))
    assert look([False] * 59 + [True] * 90).errors == 90


# --- proposals ----------------------------------------------------------------------------------------------------------


def record(contradicted, *, allowed=Mode.AUTO, own=Mode.DRAFT, pool=("northwind",)):
    return Record("northwind", allowed, own, Counts(), pool, len(contradicted), look(contradicted))


def test_what_has_earned_auto_is_proposed_with_the_command_that_grants_it():
    said = proposal(record([False] * 59), TERMS)
    assert said == (
        "northwind has earned auto: 0 contradictions in 59 decisions, an error of at most 4.95 % at 95 %; "
        "to grant it: maildaemon modes set northwind auto --by NAME --reason TEXT"
    )


def test_where_settings_or_matrix_allow_less_that_is_said_instead():
    said = proposal(record([False] * 59, allowed=Mode.DRAFT, own=Mode.AUTO), TERMS)
    assert said.endswith("settings and matrix allow draft at most")


def test_a_pool_says_with_whom_the_decisions_were_counted():
    said = proposal(record([False] * 59, pool=("northwind", "kessler")), TERMS)
    assert said.startswith("northwind (pooled with kessler) has earned auto")


@pytest.mark.parametrize(
    "found",
    [record([False] * 58), record([True] + [False] * 58), record([False] * 59, own=Mode.AUTO)],
    ids=["too few", "an error too many", "it has it already"],
)
def test_nothing_else_is_proposed(found):
    assert proposal(found, TERMS) is None


def test_the_bound_is_the_operators():
    one = record([True] + [False] * 58)
    assert one.look.bound > Decimal("0.05")
    assert proposal(one, Terms(bound=Decimal("0.08"))) is not None
    assert proposal(record([False] * 59), Terms(bound=Decimal("0.02"))) is None


def test_the_next_judgement_is_known_beforehand():
    assert [record([False] * n).next for n in (0, 58, 59, 149, 299)] == [59, 59, 149, 299, None]


# --- terms --------------------------------------------------------------------------------------------------------------


def test_a_profile_of_which_nothing_was_said_has_the_mode_that_profiles_start_with():
    assert TERMS.own("northwind", {}) is Mode.AUTO
    assert Terms(start=Mode.DRAFT).own("northwind", {}) is Mode.DRAFT
    assert Terms(start=Mode.DRAFT).own("northwind", {"northwind": Mode.AUTO}) is Mode.AUTO


def test_pools_are_those_of_the_terms_and_else_each_profile_is_by_itself():
    found = Terms(pools=(("northwind", "kessler"),))
    assert found.pool("kessler") == ("northwind", "kessler")
    assert found.pool("general") == ("general",)


def test_settings_and_matrix_say_what_each_profile_is_allowed_at_most():
    playbook = playbooks.load()
    found = allowed(Mode.AUTO, playbook)
    assert {"general", "northwind", "kessler"} <= set(found)
    assert found["northwind"] is Mode.AUTO
    assert set(allowed(Mode.SHADOW, playbook).values()) == {Mode.SHADOW}
    by_source = {one.name: one.source for one in playbook.profiles}
    assert all(found[name] is Mode.DRAFT for name, source in by_source.items() if source in {"crm", "phone"})


def test_a_record_holds_the_lowest_of_what_is_allowed_and_its_own():
    last = ProfileMode("northwind", Mode.DRAFT, START, "anna", "new")
    one = Record("northwind", Mode.AUTO, last.mode, Counts(), ("northwind",), 0, None, last)
    assert one.mode is Mode.DRAFT
