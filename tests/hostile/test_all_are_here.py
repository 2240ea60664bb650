"""The table has 32 attacks, and each has its tests in this folder, by its number."""

import re
from pathlib import Path


def test_each_attack_of_the_table_is_tested_by_its_number():
    sources = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    assert {int(number) for text in sources for number in re.findall(r"def test_(\d\d)_", text)} == set(range(1, 33))
