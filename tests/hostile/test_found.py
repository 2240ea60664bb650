"""What the fuzz once broke the reading with: each keeps every promise that the fuzz looks at."""

from pathlib import Path

import pytest

from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from tests.fuzz.cases import LIMITS
from tests.fuzz.promises import Judge

FOUND = sorted((Path(__file__).parent / "found").iterdir())
HEAD = b"From: stores@harbourmarine.example\r\nSubject: Purchase order 4711\r\n\r\nPO number: 4711\r\n"
LARGE = {
    "thousands-of-totals": HEAD + b"Total EUR      1.250,00\r\n0\r\n" * 4000,
    "thousands-of-different-totals": HEAD + b"".join(b"Total EUR      %d,00\r\n" % n for n in range(1000, 5000)),
    "thousands-of-numbers": HEAD + b"".join(b"PO number: %d\r\n" % n for n in range(4000)),
}
"""Too large to lie beside the others."""


@pytest.fixture(scope="module")
def reader():
    found = ChildReader(gather(), children=1, limits=LIMITS)
    yield found
    found.close()


@pytest.fixture(scope="module")
def judge():
    return Judge()


@pytest.mark.parametrize("name", [*(path.name for path in FOUND), *LARGE])
def test_what_was_found_once_keeps_every_promise(name, reader, judge):
    data = LARGE.get(name) or (Path(__file__).parent / "found" / name).read_bytes()
    (reading,) = reader.read_files([(name, data)])
    assert judge(reading).broken == ()
