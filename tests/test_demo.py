"""The demonstration: its servers, its samples, what a person sees."""

import csv
import email
import re
import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import policy
from io import StringIO
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies
from rich.console import Console

pytest.importorskip("pymap", reason="needs the extra demo: pip install 'maildaemon[demo]'")
pytest.importorskip("aiosmtpd", reason="needs the extra demo: pip install 'maildaemon[demo]'")

from maildaemon import masterdata
from maildaemon.cli.trying import try_files
from maildaemon.demo import run, samples, show
from maildaemon.demo.servers import Delivered, ImapServer, SmtpSink, file_name
from maildaemon.demo.write import write
from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Decision,
    Found,
    Kind,
    Objection,
    Order,
    OrderDecision,
    OrderLine,
)

FRIDAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ALL = samples.samples(FRIDAY)
ORDERS = [sample for sample in ALL if sample.acknowledgements]


def by_name(name):
    return next(sample for sample in ALL if sample.name == name)


def acknowledgement(sample, *, headers="", to=None, text=None):
    """An answer as the sink would have got it."""
    raw = f"From: orders@brightwater.example\r\nTo: {sample.sender}\r\nSubject: Re: order\r\n{headers}In-Reply-To: {sample.message_id}\r\n\r\n"
    body = " ".join(sample.words) if text is None else text
    return Delivered("", (to or sample.sender,), (raw + body).encode(), 0.0)


# --- the templates ----------------------------------------------------------------------------------------------------


def test_a_day_to_come_is_a_working_day():
    assert samples.fill("{{date:+3}} {{date:+8:%d.%m.%Y}} {{date:+0}}", FRIDAY) == "2026-11-23 30.11.2026 2026-11-20"


def test_a_date_header_is_as_rfc_5322_wants_it():
    assert samples.fill("Date: {{now:-90m}}", FRIDAY) == "Date: Fri, 20 Nov 2026 08:00:00 +0000"


def test_line_ends_travel_as_crlf_whatever_they_were():
    assert samples.mail(b"a\r\nb\nc\xff\n", FRIDAY) == b"a\r\nb\r\nc\xff\r\n"


@pytest.mark.parametrize("table", masterdata.TABLES)
def test_every_row_of_the_master_data_is_accepted(table, tmp_path):
    rows = masterdata.read(table, samples.master_data(tmp_path, FRIDAY)[table].read_text("utf-8"))
    assert rows.rows
    assert (rows.rejected, rows.unknown_columns, rows.remarks) == ((), (), ())


# --- the samples ------------------------------------------------------------------------------------------------------


def test_every_kind_of_mail_has_its_sample():
    assert len(ALL) >= 18
    assert {sample.folder for sample in ALL} == set(samples.FOLDERS)
    assert len({sample.message_id for sample in ALL}) == len(ALL)


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_a_sample_is_a_whole_mail(sample):
    assert b"{{" not in sample.raw
    assert not re.search(rb"(?<!\r)\n", sample.raw)
    message = email.message_from_bytes(sample.raw, policy=policy.default)
    assert re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", sample.message_id)
    assert sample.sender.endswith(".example")
    assert not [defect for part in message.walk() for defect in part.defects]
    assert datetime.fromisoformat(message["Date"].datetime.isoformat()) <= FRIDAY


def number(text, *, german):
    return Decimal(text.replace(".", "").replace(",", ".") if german else text.replace(",", ""))


@pytest.mark.parametrize("sample", ORDERS, ids=lambda sample: sample.name)
def test_a_clear_sample_is_truly_clear(sample, tmp_path):
    """Every SKU is in the catalogue at its list price, every amount is right, and the total adds up."""
    german = sample.name == "07-german"
    with samples.master_data(tmp_path, FRIDAY)["products"].open(encoding="utf-8") as file:
        catalogue = {row["sku"]: Decimal(row["list_price"]) for row in csv.DictReader(file)}
    message = email.message_from_bytes(sample.raw, policy=policy.default)
    texts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    rows = texts[-1].replace(",", " ") if sample.name == "04-csv-attachment" else texts[-1]
    if "<tr" in rows:
        rows = re.sub(r"<[^>]*>", " ", re.sub(r"[\r\n]+", " ", rows).replace("</tr>", "\n"))
    skus = "|".join(map(re.escape, catalogue))
    amounts = []
    for row in rows.splitlines():
        cells = re.search(rf"({skus})\s.*?(\d+) +([\d.,]*\d) +([\d.,]*\d)\s*$", row)
        if cells:
            quantity, price, amount = int(cells[2]), number(cells[3], german=german), number(cells[4], german=german)
            assert price == catalogue[cells[1]]
            assert amount == quantity * price
            amounts.append(amount)
    total = f"{sum(amounts):,.2f}"
    assert len(amounts) >= 3
    stated = total.translate(str.maketrans(",.", ".,")) if german else total
    assert any(stated in text for text in texts)


def test_the_sample_above_the_limit_is_above_the_limit():
    stated = re.search(rb"Total EUR: ([\d,.]+)", by_name("10-above-the-limit").raw)
    assert Decimal(stated[1].decode().replace(",", "")) > 25_000


def test_the_repeated_sample_differs_in_its_head_only():
    first, again = (by_name(name).raw.partition(b"\r\n\r\n") for name in ("12-sent-twice-first", "13-sent-twice-again"))
    assert first[2] == again[2]
    assert first[0] != again[0]


# --- the servers and the judgement ------------------------------------------------------------------------------------


def note(sample):
    head = f"Message-ID: <note@us.example>\r\nIn-Reply-To: {sample.message_id}\r\nX-Maildaemon-Id: note-1\r\n"
    return f"{head}\r\nIt stopped:\r\n{sample.because}\r\n".encode()


@pytest.fixture(scope="module")
def account():
    with ImapServer() as server, samples.logged_in(server.account) as client:
        client.create_folder(samples.REVIEW)
        client.create_folder(samples.PROCESSED)
        for sample in ALL:
            client.append(samples.FOLDERS[sample.folder], sample.raw)
            if sample.because is not None:
                client.append(samples.REVIEW, note(sample))
        yield server.account


RIGHT = tuple(acknowledgement(sample) for sample in ORDERS)


def test_samples_that_ended_right_raise_no_problem(account):
    assert samples.verify(account, RIGHT, ALL) == ()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (RIGHT[1:], "should get 1 acknowledgement(s), got 0"),
        ((*RIGHT, RIGHT[0]), "should get 1 acknowledgement(s), got 2"),
        ((*RIGHT, acknowledgement(by_name("14-newsletter"))), "should get 0 acknowledgement(s), got 1"),
        ((*RIGHT[1:], acknowledgement(ORDERS[0], to="x@y.example")), "went to x@y.example"),
        ((*RIGHT[1:], acknowledgement(ORDERS[0], text="thanks")), "does not say HM-20417"),
        ((*RIGHT[1:], acknowledgement(ORDERS[0], headers="Bcc: x@y.example\r\n")), "an injected header bcc"),
        ((*RIGHT[1:], acknowledgement(ORDERS[0], headers="X-A: b\rBcc: c\r\n")), "do not print"),
        ((*RIGHT, Delivered("", ("x@y.example",), b"Subject: hello\r\n\r\n", 0.0)), "was sent to x@y.example"),
    ],
)
def test_every_wrong_answer_is_named(account, sent, said):
    problems = samples.verify(account, sent, ALL)
    assert [str(problem) for problem in problems if said in str(problem)]


def test_a_note_that_does_not_say_why_is_named(account):
    sample = replace(by_name("24-credit-hold"), because="the moon")
    problems = samples.verify(account, RIGHT, (*(one for one in ALL if one.name != sample.name), sample))
    assert [str(problem) for problem in problems] == ["24-credit-hold: the note beside it does not say 'the moon'"]


def test_a_mail_in_the_wrong_folder_is_named():
    with ImapServer() as server:
        samples.deliver(server.account, (ALL[0].raw,))
        problems = samples.verify(server.account, RIGHT[:1], ALL[:1])
    assert [str(problem) for problem in problems] == ["01-typed-text: should lie in Processed, once; it lies in INBOX"]


def test_the_sink_keeps_every_message_where_a_person_can_read_it(tmp_path):
    with SmtpSink(tmp_path) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            for text in (b"one", b".two"):
                client.sendmail("a@x.example", ["b@y.example"], b"Subject: s\r\n\r\n" + text + b"\r\n")
        assert [message.raw[-6:] for message in sink.messages] == [b"\none\r\n", b".two\r\n"]
        assert [message.path.name for message in sink.messages] == ["001-to-b@y.example.eml", "002-to-b@y.example.eml"]
        assert sink.messages[1].path.read_bytes() == sink.messages[1].raw


def test_a_hostile_address_makes_a_harmless_file_name():
    assert file_name(7, ("../../etc/p\x1b@x",)) == "007-to-.._.._etc_p_@x.eml"


# --- what a person sees -----------------------------------------------------------------------------------------------

ORDER = Order(
    po_number=Found("HM-20417"),
    currency=Found("EUR"),
    total=Found(Decimal("1321.8")),
    lines=(OrderLine(), OrderLine()),
    customer=CustomerMatch(Customer("C-1001", "Harbour Marine")),
)


def handled(action=Action.ACKNOWLEDGE, *, subject="Purchase order", orders=(ORDER,), reply=True, reasons=(), reason=""):
    made = tuple(OrderDecision(action, "R-1", order) for order in orders)
    objections = tuple(Objection(0, "rule", text) for text in reasons)
    decision = Decision(action, Kind.ORDER if orders else Kind.BULK, made, objections, reply=reply, reason=reason)
    return SimpleNamespace(sender="a@x.example", subject=subject, decision=decision, reading=None)


def shown(rows, width, *, terminal):
    out = StringIO()
    console = Console(
        file=out, width=width, height=20, force_terminal=terminal, color_system=None, legacy_windows=False
    )
    with show.Show(console) as view:
        for each in rows:
            view.update(show.row(each))
    return out.getvalue()


def test_a_row_says_what_was_read():
    row = show.row(handled())
    assert row.read == "PO HM-20417, Harbour Marine, 2 lines, 1,321.80 EUR"
    assert row.decision == "acknowledge"


def test_a_row_says_every_reason_once():
    assert show.row(handled(Action.REVIEW, reasons=("no price", "no date", "no price"))).why == "no price; no date"


def test_an_order_taken_in_without_an_answer_is_not_called_acknowledged():
    assert show.row(handled(reply=False)).decision == "take in"


def test_what_is_no_order_says_what_it_is():
    assert show.row(handled(Action.IGNORE, orders=(), reply=False, reason="a list")).read == "no order: bulk"


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_table_fits_the_terminal(width):
    text = shown([handled(subject="s" * 300, reasons=("why " * 60,))] * 3, width, terminal=True)
    whole = text[text.rindex("From") :]
    assert all(len(line.rstrip()) <= width for line in whole.splitlines())
    for word in ("HM-20417", "acknowledge", "a@x.example"):
        assert word in whole


def test_without_a_terminal_there_is_a_line_per_mail():
    lines = shown([handled(), handled(Action.REVIEW, reasons=("no price",))], 80, terminal=False).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("review")
    assert lines[1].endswith("no price")


@given(strategies.text())
def test_text_of_a_mail_never_reaches_the_terminal_as_commands(text):
    row = show.row(handled(subject=text + "\x1b[31m\u202e[bold]x[/bold]\r\n", reasons=(text,)))
    out = shown([], 80, terminal=False) + show.line(row).plain
    assert out.isprintable()
    assert "[bold]x[/bold]" in out or len(text) > 60


# --- the whole --------------------------------------------------------------------------------------------------------


def test_every_sample_ends_as_it_should():
    """The real daemon, the embedded servers, all samples: what ``maildaemon demo --exit`` does."""
    out = StringIO()
    assert run.demo(Console(file=out, width=100), exit_when_done=True) == 0, out.getvalue()
    assert f"Each of the {len(ALL)} samples ended as it should." in out.getvalue()


def test_a_mail_dropped_into_the_folder_is_delivered_when_it_has_stopped_growing(tmp_path):
    dropped = tmp_path / "my order.eml"
    dropped.write_bytes(b"Message-ID: <dropped@x.example>\n\nhalf")
    with ImapServer() as server:
        console = Console(file=StringIO())
        sizes = run.look(console, server.account, tmp_path, {})
        dropped.write_bytes(b"Message-ID: <dropped@x.example>\n\nhalf and \0whole {{date:+1}}\n")
        sizes = run.look(console, server.account, tmp_path, sizes)
        assert samples.folders(server.account) == {}
        assert run.look(console, server.account, tmp_path, sizes) == {}
        assert samples.folders(server.account) == {"<dropped@x.example>": ["INBOX"]}
    assert [path.name for path in tmp_path.iterdir()] == ["my order.delivered"]


def test_samples_are_written_with_what_is_known_of_their_clients(tmp_path):
    files = write(tmp_path, datetime.now(UTC))
    (row,) = try_files([tmp_path / "01-typed-text.eml"], None, tmp_path / "known", datetime.now(UTC))
    assert len(files) > len(ALL)
    assert row.decision.action == "acknowledge"
