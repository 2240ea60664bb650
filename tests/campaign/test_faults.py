"""A fixed sample of the faults other than kills: nothing is lost, nothing is doubled, each fault came about."""

from dataclasses import replace

import pytest

from tests.campaign import campaign
from tests.campaign.ground import ground

pytestmark = pytest.mark.dovecot
SEED = 20261125
SAMPLE = {
    "imap": (
        "cut-half-at-fetch:text:1", "cut-0-at-move:html:0", "cut-0-at-append:stranger:0", "stall-done-at-select:csv:0",
        "huge-at-fetch:text:0", "overquota-at-move:text:0", "other-uid-at-fetch:html:1", "expunged-at-move:text:0",
        "expunged-at-fetch:csv:1", "moved-away-at-sizes:text:0", "renumbered-at-move:text:1", "restarted-at-fetch:html:0",
        "delivered-again-at-fetch:text:0", "other-message-id-at-move:text:0", "moved-back:csv:0", "two-mailboxes:text:0",
    ),
    "smtp": (
        "421-at-mail:text:1", "451-at-dot:html:0", "550-at-rcpt:text:0", "554-at-dot:csv:0", "cut-at-data:text:0",
        "cut-in-data-100:text:0", "cut-after-dot:text:0", "cut-after-dot-kept:html:0", "250-too-late:text:1",
        "bounced-afterwards:text:0", "untrusted-starttls:text:0", "no-starttls:csv:0", "wrong-password:text:0",
        "copy-refused:text:0", "client-refused:html:0",
    ),
    "database": (
        "full-0:text:0", "full-1:html:1", "query-only:text:0", "locked:stranger:0", "locked-at-start:text:0",
        "read-only-at-start:text:0", "small-files-0:text:0", "committing-fails:text:0", "commit-9-fails-late:portal:0",
        "torn-last-page:text:0", "garbage-within:text:0", "wal-cannot-be-written-back:text:1",
    ),
    "time": (
        "hour-ahead-within:text:0", "ahead-and-back-within:csv:0", "1970-and-back-early:text:0", "year-ahead-late:html:0",
        "summer-time-ends:text:0", "suspended-2:text:1", "monotonic-hour:text:0", "met-in-1970:text:0",
    ),
    "process": (
        "term-at-mid-data:text:0", "term-at-after-dot-kept:html:0", "term-at-before-move:text:1", "term-at-start-up:text:0",
        "second-daemon:text:0", "second-daemon-unlocked:csv:0", "two-at-once:text:0", "descriptors-0:text:1",
        "child-killed:text:0", "child-hangs:html:0", "no-fork-at-start:text:0", "no-fork-later:text:0",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared():
    with ground() as found:
        yield found


@pytest.mark.parametrize("kind", SAMPLE)
def test_each_fault_of_the_sample_costs_nothing(shared, kind):
    episodes = [campaign.named(f"{kind}:{case}:{SEED}") for case in SAMPLE[kind]]
    outcomes = campaign.run(shared, episodes, 3, lambda _: None)
    assert [f"{one.name}: {said}" for one in outcomes for said in one.complaints] == []
    total = campaign.tally(outcomes)
    assert (total.episodes, total.lost, total.doubled) == (len(episodes), 0, 0)
    doubtful = {one.name.split(":")[1] for one in outcomes if one.doubt}
    assert doubtful <= (
        {"cut-after-dot", "cut-in-data-100", "250-too-late", "cut-after-dot-kept"} if kind == "smtp" else set()
    )


@pytest.mark.parametrize("kind", SAMPLE)
def test_a_fault_that_does_not_come_about_is_a_complaint(shared, kind):
    episode = replace(campaign.named(f"{kind}:{SAMPLE[kind][0]}:{SEED}"), must="a fault that nobody injects")
    (outcome,) = campaign.run(shared, [episode], 1, lambda _: None)
    assert outcome.complaints == ("a fault that nobody injects was not reached",)


@pytest.mark.parametrize("kind", SAMPLE)
def test_every_case_is_an_episode_and_the_same_one_each_time(kind):
    fault = campaign.fault(kind)
    cases = fault.cases()
    assert len(set(cases)) == len(cases)
    for case in cases[:: max(1, len(cases) // 50)]:
        one, again = fault.episode(case, 1), fault.episode(case, 1)
        assert (one.name, [mail.message_id for mail in one.mails]) == (again.name, [m.message_id for m in again.mails])
        assert one.must == case.split(":")[0]
