"""Every source of facts keeps one contract: our tables, SQLite, PostgreSQL, an address that answers with JSON."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.edge.facts.database import DatabaseFacts
from maildaemon.edge.facts.endpoint import LARGEST, EndpointFacts
from maildaemon.edge.facts.ledger import LedgerFacts
from maildaemon.edge.facts.provider import FactsDown
from maildaemon.edge.facts.sources import Source, Sources
from maildaemon.facts import About, FactKind, Standing
from maildaemon.masterdata import MasterData
from maildaemon.model import Customer, Price, Stock
from maildaemon.settings import ConfigError
from tests.fakes import START
from tests.servers import postgres as postgreses
from tests.servers.dovecot import _certificate
from tests.servers.erp import erp, say

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STOCK = [("W-100", "12", "2026-12-01", "5.5"), ("W-200", "0", None, None), ("W/3 ö", "3", None, None)]
STANDING = [("C-1", "ok", "1000.00"), ("C-2", "hold", None)]
PRICE = [("W-100", "C-1", "EUR", "1.20"), ("W-100", "C-1", "USD", "1.35"), ("W-100", "C-2", "EUR", "9.99")]
STAGE = [("PO-1", "C-1", "won"), ("PO-2", "C-1", "open")]
TABLES = """
create table stock (sku text, on_hand numeric, next_date date, next_quantity numeric, as_of {moment});
create table standing (customer text, standing text, credit_limit numeric);
create table price (sku text, customer text, currency text, price numeric);
create table stage (po_number text, customer text, stage text);
"""
QUERIES = {
    FactKind.STOCK: "select sku, {on_hand} as on_hand, next_date, {next} as next_quantity, as_of from stock where sku {by}",
    FactKind.STANDING: "select customer, standing, {limit} as credit_limit from standing where customer {by}",
    FactKind.PRICE: "select sku, currency, {price} as price from price where customer = :customer and sku {by}",
    FactKind.STAGE: "select po_number, customer, stage from stage where po_number {by}",
}
ONE = {FactKind.STOCK: "sku", FactKind.STANDING: "customer", FactKind.PRICE: "sku", FactKind.STAGE: "po_number"}
BOLT, CLIENT = About(FactKind.STOCK, sku="W-100"), About(FactKind.STANDING, customer="C-1")
PRICED = About(FactKind.PRICE, sku="W-100", customer="C-1")
DEAL = About(FactKind.STAGE, po_number="PO-1", customer="C-1")
HOSTILE = ["' or 1=1 --", "W-100'; drop table stock; --", "{sku}", "../W-999", "W-100?x=1", "W-100%", ":sku", "a,W-100"]


def quoted(value):
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def filling():
    rows = {"stock": [(*row, AT.isoformat()) for row in STOCK], "standing": STANDING, "price": PRICE, "stage": STAGE}
    return ";".join(f"insert into {t} values ({', '.join(map(quoted, row))})" for t in rows for row in rows[t])


def query(kind, by, *, cast=False):
    # SQLite keeps a numeric column as a floating-point number: the operator casts it.
    as_text = {"on_hand": "on_hand", "next": "next_quantity", "limit": "credit_limit", "price": "price"}
    values = {key: f"cast({column} as text)" if cast else column for key, column in as_text.items()}
    name = ONE[kind]
    return QUERIES[kind].format(by=f"in :{name}s" if by == "many" else f"= :{name}", **values)


@pytest.fixture(scope="session")
def server():
    if postgreses.binaries() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(postgreses.MISSING)
        pytest.skip(postgreses.MISSING)
    with postgreses.postgres() as made:
        made.run(
            TABLES.format(moment="timestamptz") + filling() + "; grant select on all tables in schema public to reader"
        )
        yield made


@pytest.fixture
def shop(tmp_path):
    """The path of an SQLite file."""
    with sqlite3.connect(tmp_path / "erp.db") as db:
        db.executescript(TABLES.format(moment="text") + filling())
    db.close()
    return tmp_path / "erp.db"


@pytest.fixture
def web():
    with erp() as made:
        stock = [
            {"sku": s, "on_hand": h, "next_date": d, "next_quantity": q, "as_of": AT.isoformat()}
            for s, h, d, q in STOCK
        ]
        made.tables = {
            "stock": {row["sku"]: [row] for row in stock},
            "standing": {c: [{"customer": c, "standing": s, "credit_limit": m}] for c, s, m in STANDING},
            "price": {},
            "stage": {p: [{"po_number": p, "customer": c, "stage": s}] for p, c, s in STAGE},
        }
        for s, c, currency, price in PRICE:
            row = {"sku": s, "customer": c, "currency": currency, "price": price}
            made.tables["price"].setdefault(f"{c}/{s}", []).append(row)
            made.tables["price"].setdefault(s, []).append(row)
        yield made


def test_what_our_own_tables_say_is_as_old_as_their_import():
    data = MasterData(customers=(Customer("C-1", standing="ok"),), prices=(Price("W-1", "EUR", Decimal(1), None),))
    catalogue = Catalogue(data, {"customers": AT - timedelta(hours=30), "prices": AT - timedelta(hours=3)})
    asked = [About(FactKind.STANDING, customer="C-1"), About(FactKind.PRICE, sku="W-1", customer="C-1")]
    found = Sources([Source(LedgerFacts(one.kind, "our tables", lambda: catalogue)) for one in asked]).ask(asked, AT)
    assert found[asked[0].key].problem == "it is 30 hours old, more than 24"
    assert found[asked[1].key].problem is None


@pytest.fixture(params=["ledger", "sqlite", "sqlite many", "postgres", "postgres many", "http", "http many"])
def make(request):
    """A provider of a kind, however it comes by what it says."""
    what, _, by = request.param.partition(" ")
    open_ = []

    def made(kind):
        if what == "ledger":
            if kind is FactKind.STAGE:
                pytest.skip("no table of ours says how far a deal is")
            data = MasterData(
                customers=tuple(Customer(c, standing=s, credit_limit=m and Decimal(m)) for c, s, m in STANDING),
                prices=tuple(Price(s, currency, Decimal(p), c) for s, c, currency, p in PRICE),
                stock=tuple(
                    Stock(s, Decimal(h), d and date.fromisoformat(d), q and Decimal(q), AT) for s, h, d, q in STOCK
                ),
            )
            return LedgerFacts(kind, "erp", lambda: Catalogue(data))
        if what == "sqlite":
            url = f"sqlite:///{request.getfixturevalue('shop')}"
            open_.append(DatabaseFacts(kind, "erp", url, query(kind, by, cast=True)))
        elif what == "postgres":
            url = request.getfixturevalue("server").url
            open_.append(DatabaseFacts(kind, "erp", url, query(kind, by), secret=lambda: postgreses.PASSWORD))
        else:
            base = f"http://127.0.0.1:{request.getfixturevalue('web').port}/{kind}"
            path = f"?q={{{ONE[kind]}s}}" if by else f"/{{{ONE[kind]}}}"
            if kind is FactKind.PRICE and not by:
                path = "/{customer}/{sku}"
            open_.append(EndpointFacts(kind, "erp", base + path, at="data" if by else ""))
        return open_[-1]

    yield made
    for one in open_:
        one.close()


def ask(provider, *abouts):
    found = {}
    for request in provider.requests(abouts):
        found |= provider.fetch(request, START)
    return [found[about] for about in abouts]


# --- the contract -----------------------------------------------------------------------------------------------------


def test_it_says_what_is_in_stock(make):
    found, none_left, odd = ask(
        make(FactKind.STOCK), BOLT, About(FactKind.STOCK, sku="W-200"), About(FactKind.STOCK, sku="W/3 ö")
    )
    assert found.stock == Stock("W-100", Decimal(12), date(2026, 12, 1), Decimal("5.5"), AT)
    assert (found.as_of, found.source, found.problem) == (AT, "erp", None)
    assert none_left.stock.on_hand == 0
    assert odd.stock.on_hand == 3


def test_it_says_who_pays(make):
    found, other = ask(make(FactKind.STANDING), CLIENT, About(FactKind.STANDING, customer="C-2"))
    assert found.standing == Standing("ok", Decimal(1000))
    assert other.standing == Standing("hold")
    assert found.as_of == START


def test_it_says_what_a_customer_pays(make):
    other = About(FactKind.PRICE, sku="W-100", customer="C-2")
    found, theirs = ask(make(FactKind.PRICE), PRICED, other)
    assert {(one.currency, one.price) for one in found.prices} == {("EUR", Decimal("1.2")), ("USD", Decimal("1.35"))}
    assert [one.price for one in theirs.prices] == [Decimal("9.99")]


def test_it_says_how_far_a_deal_has_come(make):
    found, other = ask(make(FactKind.STAGE), DEAL, About(FactKind.STAGE, po_number="PO-2", customer="C-1"))
    assert (found.stage, other.stage) == ("won", "open")


@pytest.mark.parametrize("kind", FactKind)
def test_of_what_it_does_not_know_it_says_so(make, kind):
    about = About(kind, sku="W-999", customer="C-999", po_number="PO-999")
    (found,) = ask(make(kind), about)
    assert found.problem == "erp has none"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_asked_for_is_a_value_and_nothing_else(make, text):
    provider = make(FactKind.STOCK)
    (found,) = ask(provider, About(FactKind.STOCK, sku=text))
    assert found.problem == "erp has none"
    assert ask(provider, BOLT)[0].stock.on_hand == 12


def test_many_are_asked_for_at_once_and_each_gets_its_own(make):
    abouts = [About(FactKind.STOCK, sku=f"X-{number}") for number in range(300)]
    found = ask(make(FactKind.STOCK), *abouts, BOLT)
    assert [one.problem for one in found] == ["erp has none"] * 300 + [None]


def test_it_is_asked_by_several_threads_at_once(make):
    provider = make(FactKind.STOCK)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: ask(provider, BOLT)[0].stock.on_hand, range(20)))
    assert found == [12] * 20


# --- databases --------------------------------------------------------------------------------------------------------


OPEN = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while OPEN:
        OPEN.pop().close()


def database(url, words="select on_hand, as_of from stock where sku = :sku", **rest):
    OPEN.append(DatabaseFacts(FactKind.STOCK, "erp", url, words, **rest))
    return OPEN[-1]


def test_a_floating_point_column_is_refused(shop):
    with sqlite3.connect(shop) as db:
        db.execute("update stock set on_hand = 1.5")
    db.close()
    (found,) = ask(database(f"sqlite:///{shop}"), BOLT)
    assert "on_hand: a floating-point number; expected a decimal one: cast it" in found.problem


def test_a_double_precision_column_is_refused(server):
    words = "select on_hand::double precision as on_hand, as_of from stock where sku = :sku"
    (found,) = ask(database(server.url, words, secret=lambda: postgreses.PASSWORD), BOLT)
    assert "on_hand: a floating-point number" in found.problem


WRITES = [
    "with gone as (delete from stock returning sku) select 1 as on_hand, now() as as_of, :sku as sku from gone",
    "select pg_advisory_lock(1) as on_hand, nextval('numbers') as n, now() as as_of, :sku as sku",
    "select break_it() as on_hand, now() as as_of, :sku as sku",
    "select 1 as on_hand) as x; delete from stock; --:sku",
]


@pytest.mark.parametrize("words", WRITES)
def test_nothing_can_be_written_through_a_query(server, words):
    """Even by a login that may write."""
    server.run(
        "create sequence if not exists numbers; create or replace function break_it() returns int language sql volatile"
        " as $$ delete from stock; select 1 $$"
    )
    url = server.url.replace("reader@", "owner@")
    with pytest.raises(FactsDown, match=r"read-only transaction|at the top level|syntax error"):
        ask(database(url, words, secret=lambda: postgreses.PASSWORD), BOLT)
    assert ask(database(url, secret=lambda: postgreses.PASSWORD), BOLT)[0].stock.on_hand == 12


def test_an_sqlite_file_is_only_read(shop):
    for words in ("delete from stock where sku = :sku returning sku", "select 1) ; delete from stock -- :sku"):
        with pytest.raises(FactsDown):
            ask(database(f"sqlite:///{shop}", words), BOLT)
    with pytest.raises(FactsDown, match="unable to open"):
        ask(database(f"sqlite:///{shop}.not-there"), BOLT)
    assert not shop.with_name("erp.db.not-there").exists()
    assert ask(database(f"sqlite:///{shop}"), BOLT)[0].stock.on_hand == 12


def test_a_slow_query_is_ended_by_the_database(server, shop):
    with pytest.raises(FactsDown, match="statement timeout"):
        words = "select 1 as on_hand, now() as as_of, :sku as sku from pg_sleep(20)"
        ask(database(server.url, words, secret=lambda: postgreses.PASSWORD, seconds=0.3), BOLT)
    with pytest.raises(FactsDown, match="interrupted"):
        words = (
            "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) as on_hand, :sku from n"
        )
        ask(database(f"sqlite:///{shop}", words, seconds=0.3), BOLT)


def test_a_query_that_yields_everything_is_cut_off(server):
    words = "select generate_series(1, 100000000) as on_hand, :sku as sku"
    with pytest.raises(FactsDown, match="more than 2000 rows"):
        ask(database(server.url, words, secret=lambda: postgreses.PASSWORD), BOLT)


def test_a_database_that_is_down_says_so_and_no_secret(server):
    wrong = database(server.url, secret=lambda: "hunter2")
    with pytest.raises(FactsDown, match="password authentication failed") as error:
        ask(wrong, BOLT)
    assert "hunter2" not in str(error.value)
    gone = database("postgresql+pg8000://reader@127.0.0.1:1/erp", secret=lambda: "hunter2")
    with pytest.raises(FactsDown, match="erp: ") as error:
        ask(gone, BOLT)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_database_that_returns_is_found_again(server):
    provider = database(server.url, secret=lambda: postgreses.PASSWORD)
    ask(provider, BOLT)
    server.stop()
    with pytest.raises(FactsDown):
        ask(provider, BOLT)
    server.start()
    assert ask(provider, BOLT)[0].stock.on_hand == 12


@pytest.mark.parametrize("url", ["oracle+nothing://x/y", "mysql+mysqldb://x@127.0.0.1/y", "postgresql+asyncgm://x/y"])
def test_a_driver_that_is_not_there_is_told(url):
    with pytest.raises(ConfigError, match="facts erp: url: "):
        database(url)


# --- an address -------------------------------------------------------------------------------------------------------


def endpoint(web, path="stock/{sku}", **rest):
    return EndpointFacts(FactKind.STOCK, "erp", f"http://127.0.0.1:{web.port}/{path}", **{"seconds": 5, **rest})


def stall(web):
    return lambda handler: web.let_go.wait(30)


def drip(web):
    def act(handler):
        handler.send_response(200)
        handler.end_headers()
        while not web.let_go.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return act


def cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"on_hand": 1')


GOOD = b'{"on_hand": 12, "as_of": "2026-11-23T08:00:00Z"}'
BROKEN = [
    (lambda h: say(h, {"error": "oops"}, 500), "it answers with status 500"),
    (lambda h: say(h, {}, 302, Location="http://127.0.0.1/elsewhere"), "status 302: a redirect is not followed"),
    (lambda h: say(h, {}, 401), "status 401: it refuses our login"),
    (lambda h: say(h, b"<html>sorry</html>"), "its answer is no JSON"),
    (lambda h: say(h, b"\xff\xfe\x00"), "its answer is no JSON"),
    (lambda h: say(h, b'{"on_hand": NaN}'), "its answer is no JSON: NaN is no number"),
    (lambda h: say(h, b'{"on_hand": 1, "on_hand": 2}'), "a name stands twice"),
    (lambda h: say(h, b"[" * 200_000), "its answer is no JSON"),
    (lambda h: say(h, b'{"on_hand": ' + b"9" * 10_000 + b"}"), "its answer is no JSON"),
    (lambda h: say(h, b"3"), "neither an object nor a list"),
    (lambda h: say(h, b"[3]"), "neither an object nor a list"),
    (lambda h: say(h, b"[" + b"{}," * 2000 + b"{}]"), "more than 2000 rows"),
    (lambda h: say(h, b" " * (LARGEST + 1)), "larger than"),
    (lambda h: say(h, GOOD, Content_Encoding="gzip"), "compressed"),
    (cut, "erp: "),
]


@pytest.mark.parametrize(("act", "said"), BROKEN)
def test_an_address_that_misbehaves_is_down(web, act, said):
    web.acts["stock"] = act
    with pytest.raises(FactsDown) as error:
        ask(endpoint(web), BOLT)
    assert said in str(error.value)
    assert len(web.asked) == 1, "no redirect is followed"


@pytest.mark.parametrize("act", [stall, drip])
def test_an_address_that_is_slow_is_cut_off(web, act):
    """Also one that sends a byte now and then."""
    web.acts["stock"] = act(web)
    with pytest.raises(FactsDown, match=r"no answer within 0\.3 s"):
        ask(endpoint(web, seconds=0.3), BOLT)


def test_nobody_at_the_address(web):
    with pytest.raises(FactsDown, match="refused"):
        ask(EndpointFacts(FactKind.STOCK, "erp", "http://127.0.0.1:1/stock/{sku}"), BOLT)


def test_numbers_are_taken_as_they_are_written(web):
    web.acts["stock"] = lambda h: say(h, b'{"on_hand": 0.1, "as_of": "2026-11-23T08:00:00Z"}')
    assert ask(endpoint(web), BOLT)[0].stock.on_hand == Decimal("0.1")
    web.acts["stock"] = lambda h: say(h, b'{"on_hand": 1e1000000, "as_of": "2026-11-23T08:00:00Z"}')
    assert "beyond all bounds" in ask(endpoint(web), BOLT)[0].problem


def test_their_names_are_turned_into_ours(web):
    web.acts["stock"] = lambda h: say(h, {"result": {"items": [{"qty": 7, "at": AT.isoformat()}]}})
    (found,) = ask(endpoint(web, at="result.items", fields={"on_hand": "qty", "as_of": "at"}), BOLT)
    assert found.stock.on_hand == 7
    with pytest.raises(FactsDown, match="holds no data"):
        ask(endpoint(web, at="data"), BOLT)


@pytest.mark.parametrize(
    ("rest", "sent"),
    [
        ({}, ("Authorization", "Bearer s3cret")),
        ({"user": "erp"}, ("Authorization", "Basic ZXJwOnMzY3JldA==")),
        ({"header": "X-Api-Key"}, ("X-Api-Key", "s3cret")),
    ],
)
def test_it_says_who_asks(web, rest, sent):
    ask(endpoint(web, secret=lambda: "s3cret\n", **rest), BOLT)
    assert web.headers[0][sent[0]] == sent[1]


def test_a_secret_that_no_header_may_hold_is_not_shown(web):
    with pytest.raises(FactsDown) as error:
        ask(endpoint(web, secret=lambda: "hunter2\r\nX: y"), BOLT)
    assert "hunter2" not in str(error.value)
    assert web.asked == []


def test_a_certificate_is_verified(tmp_path):
    _certificate(tmp_path)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    with erp((certificate, key)) as web:
        web.acts["stock"] = lambda h: say(h, GOOD)
        url = f"https://localhost:{web.port}/stock/{{sku}}"
        with pytest.raises(FactsDown, match="CERTIFICATE_VERIFY_FAILED"):
            ask(EndpointFacts(FactKind.STOCK, "erp", url), BOLT)
        assert ask(EndpointFacts(FactKind.STOCK, "erp", url, ca_file=certificate), BOLT)[0].stock.on_hand == 12


def test_figures_that_lag_behind_count_as_taken_earlier(web, shop):
    for provider in (
        endpoint(web, behind=timedelta(minutes=30)),
        database(f"sqlite:///{shop}", behind=timedelta(minutes=30)),
    ):
        assert ask(provider, BOLT)[0].stock.as_of == AT - timedelta(minutes=30)
