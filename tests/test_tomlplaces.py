"""The line of each key of a TOML text, whatever stands around it."""

import pytest

from maildaemon.tomlplaces import line_of, lines

TEXT = '''# a remark with [brackets] and a "quote
top = 1

[[rule]]                     # the first
name = "a"                   # = not a key
because = """
[[rule]]
name = "not one"
"""
values = [
  "x",  # ] not the end
  "name = 5",
]

[[ rule ]]
"name" = 'b'
inner.depth = { name = "c" }

[other."dotted key"]
name = 5
[[rule.part]]
name = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("rule", 0), 4),
        (("rule", 0, "name"), 5),
        (("rule", 0, "because"), 6),
        (("rule", 0, "values"), 10),
        (("rule", 0, "values", 1), 10),
        (("rule", 1), 15),
        (("rule", 1, "name"), 16),
        (("rule", 1, "inner", "depth", "name"), 17),
        (("other", "dotted key", "name"), 20),
        (("rule", 1, "part", 0, "name"), 22),
        (("rule", 1, "missing"), 15),
        (("nowhere",), 1),
        ((), 1),
    ],
)
def test_a_key_stands_where_it_stands(path, line):
    assert line_of(lines(TEXT), path) == line
