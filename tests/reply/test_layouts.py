"""How acknowledgements look: a layout per channel, the operator's own first, none that keeps from a client what counts."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maildaemon.cli import app
from maildaemon.edge import playbooks
from maildaemon.model import CustomerMatch, Found
from maildaemon.reply.answer import written
from maildaemon.reply.layouts import CHANNELS, FOLDER
from maildaemon.reply.sample import IMAGE, US, sample, tried
from maildaemon.strict import PlaybookError

GOLDEN = Path(__file__).parent / "layouts"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
SHORT = (FOLDER / "short.txt").read_text()


def layouts(folder):
    return playbooks.layouts(playbooks.gather(templates=folder))


def mine(folder, **files):
    """``short__txt`` is short.txt, ``texts__de__toml`` is texts/de.toml."""
    for name, text in files.items():
        path = folder / name.replace("texts__", "texts/").replace("__", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o644)
    return layouts(folder)


def said(found, channel="short", language="en", **changes):
    return written(sample(language, None, channel), replace(US, layouts=found, **changes))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shipped_layout_looks_as_its_golden_file_shows(channel, language, bless):
    """``pytest --bless`` writes them; a person reads the diff, and looks at the HTML in a browser."""
    found = written(sample(language, None, channel), US, IMAGE)
    for part, text in (("txt", f"Subject: {found.subject}\n\n{found.text}"), ("html", found.html)):
        path = GOLDEN / f"{channel}.{language}.{part}"
        if bless:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.read_text("utf-8") == text


def test_every_shipped_layout_says_what_every_acknowledgement_says(tmp_path):
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
        (tmp_path / path.name).chmod(0o644)
    assert set(layouts(tmp_path).own) == {f"{channel}.{part}" for channel in CHANNELS for part in ("txt", "html")}


def test_a_small_customer_gets_a_short_answer_and_an_enterprise_all_there_is():
    matrix = playbooks.load().matrix
    lengths = {}
    for whose in ("small", None, "Enterprise"):
        order = replace(sample("en", whose).orders[0].order, source=matrix.row[0].source)
        channel = matrix.find(order).channel_of(order)
        lengths[channel] = len(written(sample("en", whose, channel), US).text)
    assert list(lengths) == ["short", "mail", "branded"]
    assert lengths["short"] < lengths["mail"] < lengths["branded"]


def test_orders_of_several_channels_are_answered_in_the_common_one():
    one, other = sample("en", None, "short").orders[0], sample("en", None, "branded").orders[0]
    full = sample("en")
    assert written(replace(full, orders=(one, other)), US).text == written(
        replace(full, orders=(replace(one, channel="mail"), replace(other, channel="mail"))), US
    ).text  # fmt: skip


def test_what_our_record_holds_is_said_only_to_whom_the_address_proves():
    full = sample("en", None, "branded")
    order = full.orders[0].order
    assert "Sample & Co <Ltd> (C-1001)" in written(full, US).text
    assert "4 Dock Road" in written(full, US).text
    by_name = replace(order, customer=CustomerMatch(order.customer.customer, "name", 0.9))
    told = written(replace(full, orders=(replace(full.orders[0], order=by_name),)), US)
    assert "C-1001" not in told.text + told.html
    assert "Dock Road" not in told.text + told.html


@pytest.mark.parametrize(("stated", "shown"), [("4 Dock Road, Galway H91 R6P2", True), ("5 Quay, Cork", False)])
def test_an_address_on_record_is_shown_only_where_the_order_names_no_other(stated, shown):
    full = sample("en", None, "branded")
    order = replace(full.orders[0].order, ship_to=Found(stated))
    told = written(replace(full, orders=(replace(full.orders[0], order=order),)), US)
    assert ("4 Dock Road" in told.text) is shown
    assert "Quay" not in told.text


def test_the_operators_own_comes_first_and_the_languages_before_the_common_one(tmp_path):
    found = mine(
        tmp_path, short__txt=SHORT + "Ours.\n", short__de__txt=SHORT + "Unseres.\n",
        _footer__html="<p>{{ company }}</p>",
    )  # fmt: skip
    assert said(found).text.endswith("Ours.\n")
    assert said(found, language="de").text.endswith("Unseres.\n")
    assert said(found, "mail").text == said(layouts(None), "mail").text
    assert said(found).html == said(layouts(None)).html


def test_words_may_be_other_words_and_another_language(tmp_path):
    polish = (Path(playbooks.__file__).parent.parent / "reply" / "texts" / "en.toml").read_text("utf-8")
    found = mine(
        tmp_path, texts__de__toml='total = "Summe"\n', texts__pl__toml=polish.replace("Thank you", "Dziękujemy"),
    )  # fmt: skip
    assert "Summe: 960,00 EUR" in said(found, language="de").text
    assert "Dziękujemy" in said(found, language="pl").text
    assert said(found, language="sv").text == said(layouts(None)).text


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("short__txt", SHORT.replace("{% endif %}", "", 1), "short.txt:19: Encountered unknown tag 'endfor'"),
        ("short__txt", SHORT.replace("{{ company }}", "{{ compny }}"), "short.txt:34: unknown name compny; there are "),
        ("short__txt", SHORT.replace("order.po", "order.number"), "short.txt:6: 'maildaemon.reply.answer.OrderView"),
        ("short__txt", "\n{{ opening | shout }}", "short.txt:2: No filter named 'shout'"),
        ("short__html", "{{ receipt | safe }}", "short.html:1: safe: what a client wrote is always escaped"),
        ("short__html", "{% autoescape false %}{{ receipt }}{% endautoescape %}", "short.html:1: autoescape: "),
        ("short__txt", "{{ opening.__class__.__mro__ }}", "short.txt:1: access to attribute '__class__'"),
        ("short__txt", "{{ 1 / 0 }}", "short.txt:1: ZeroDivisionError: division by zero"),
        ("short__txt", "{% include 'other.txt' %}", "short.txt:1: there is no template other.txt"),
        ("short__txt", SHORT.replace("{{ order.reference }}", "-"), "short.txt:1: {{ order.reference }} is missing"),
        ("short__txt", SHORT.replace("{{ receipt }}", ""), "short.txt:1: {{ receipt }} is missing"),
        ("short__txt", SHORT.replace("- {{ item }}", ""), "short.txt:1: {{ item }} of checking is missing"),
        ("short__txt", SHORT.replace("~ line.stock ~", "~ line.sku ~"), "short.txt:1: {{ line.stock }} is missing"),
        ("shrt__txt", SHORT, "shrt.txt: no template has this name; expected mail.html, branded.html, short.html"),
        ("texts__de__toml", '\ntotel = "x"', "texts/de.toml:2: totel: unknown key"),
        ("texts__pl__toml", 'total = "x"', "texts/pl.toml:1: decimal: field required"),
    ],
)
def test_a_layout_that_is_wrong_is_refused_with_file_and_line(tmp_path, name, text, told):
    with pytest.raises(PlaybookError) as caught:
        mine(tmp_path, **{name: text})
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(told)
    assert "\n" not in str(caught.value)


def test_a_layout_that_others_may_write_is_refused(tmp_path):
    (tmp_path / "short.txt").write_text(SHORT)
    (tmp_path / "short.txt").chmod(0o646)
    with pytest.raises(PlaybookError, match="others may write it"):
        layouts(tmp_path)


def test_what_is_said_in_html_is_escaped():
    html = written(sample("en", None, "branded"), US).html
    assert "Sample &amp; Co &lt;Ltd&gt;" in html
    assert "Cable reel &lt;heavy&gt;" in html


def test_own_layouts_are_part_of_the_playbooks_digest(tmp_path):
    before = playbooks.gather().digest
    mine(tmp_path, short__txt=SHORT)
    assert playbooks.gather(templates=tmp_path).digest != before


def test_a_piece_is_tried_where_it_is_used(tmp_path):
    with pytest.raises(PlaybookError, match=r"_end\.txt:2: 'nobody' is undefined"):
        mine(tmp_path, short__txt=SHORT + "{% include '_end.txt' %}", _end__txt="\n{{ nobody }}")
    assert tried(mine(tmp_path, _end__txt="Bye, {{ company }}.\n"))
    assert said(layouts(tmp_path)).text.endswith("Bye, Example & Sons.\n")


def run(*arguments):
    return CliRunner().invoke(app, ["templates", *map(str, arguments)])


def test_the_commands_check_and_show(tmp_path):
    mine(tmp_path, short__txt=SHORT + "Ours.\n")
    assert "templates: short.txt" in run("check", "--templates", tmp_path).output
    shown = run(
        "preview", "--templates", tmp_path, "--class", "small", "--language", "de", "--html", tmp_path / "a.htm"
    )
    assert shown.output.startswith("Subject: Bestellung eingegangen: Nr. SO-2026-0814")
    assert shown.output.endswith("Ours.\n")
    assert '<html lang="de">' in (tmp_path / "a.htm").read_text()
    (tmp_path / "a.htm").unlink()
    assert run("preview", "--language", "xx").exit_code == 1
    assert run("preview", "--channel", "fax").exit_code == 1
    (tmp_path / "short.txt").write_text(SHORT.replace("receipt", "recept"))
    broken = run("check", "--templates", tmp_path)
    assert (broken.exit_code, "short.txt:2: unknown name recept" in broken.output) == (78, True)
