"""The log: one line per event, and no mail text in it that could pretend to be another."""

import json
import logging

import hypothesis.strategies as st
from hypothesis import given

from maildaemon import log


def record(**facts):
    made = logging.LogRecord("maildaemon", logging.INFO, "x", 1, "decided", (), None)
    made.facts = {key: log.safe(value) for key, value in facts.items()}
    return made


@given(st.text(max_size=400))
def test_whatever_the_mail_says_a_line_stays_a_line(text):
    line = log.TextFormat().format(record(why=text))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "\u202e" not in line


@given(st.text(max_size=400))
def test_the_json_form_can_be_read_back(text):
    found = json.loads(log.JsonFormat().format(record(why=text)))
    assert found["event"] == "decided"
    assert set(found) == {"at", "level", "event", "why"}


def test_a_fact_is_bounded():
    assert len(log.safe("x" * 10_000)) == log.LENGTH


def test_facts_with_blanks_are_quoted():
    assert (
        log.TextFormat()
        .format(record(action="review", why="two words"))
        .endswith('decided action=review why="two words"')
    )
