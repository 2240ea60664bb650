"""The words of a reply."""

import pytest

from maildaemon.reply.texts import FOLDER, all_texts, choose, texts
from maildaemon.strict import PlaybookError


def test_every_language_is_complete():
    assert set(all_texts()) == {"en", "de", "fr", "es", "it", "nl"}
    units = {frozenset(one.units) for one in all_texts().values()}
    assert len(units) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('group = ","', 'grupe = ","', "grupe: unknown key|group: field required"),
        ("{number} – our", "{nummer} – our", r"order.subject: .*expected \{number\}, \{reference\}"),
        ('contact = "Whom to ask: {contact}"', 'contact = "Whom to ask"', r"contact: .*expected \{contact\}"),
        ("{day} {month} {year}", "{day:>9} {month} {year}", "date: .*without format"),
        ("{day} {month} {year}", "{day} {month} {year", "date: .*braces"),
        ('"January", ', "", "months"),
        ('total = "Total as stated"', 'total = ""', "total: .*one line"),
        ("[order]", "[order", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(old, new, said):
    text = (FOLDER / "en.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(PlaybookError, match=rf"^xx.toml:\d+: ({said})"):
        texts(text.replace(old, new, 1), "xx.toml")


def test_an_operators_file_says_only_what_is_to_be_other_words():
    under = all_texts()["en"].model_dump()
    found = texts('tax = "VAT"\n[order]\nopening = "Thanks!"\n', "en.toml", under)
    assert (found.tax, found.order.opening) == ("VAT", "Thanks!")
    assert found.model_copy(update={"tax": under["tax"], "order": all_texts()["en"].order}) == all_texts()["en"]


@pytest.mark.parametrize(
    ("wishes", "code"), [(("de_AT",), "de"), (("DE",), "de"), ((None, "", "fr"), "fr"), (("deu",), "en"), ((), "en")]
)
def test_the_first_language_that_we_write_is_chosen(wishes, code):
    assert choose(*wishes)[0] == code
