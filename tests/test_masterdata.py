"""The CSV forms of master data."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.edge.importing import ImportFailed, Shelf, import_file, read_ledger
from maildaemon.edge.ledger import SqlLedger
from maildaemon.masterdata import TABLES, MasterData, dangling, decode, key, read
from maildaemon.model import Alias, Customer, Price, Product, Stock
from tests.ledgers import fresh


def only(table, text):
    rows = read(table, text)
    assert rows.rejected == ()
    return rows.rows


def refused(table, text) -> str:
    rows = read(table, text)
    assert rows.rows == ()
    (rejected,) = rows.rejected
    return rejected.reason


def test_a_whole_customer_is_read():
    text = (
        "number,name,domains,emails,currency,payment_terms,credit_limit,standing,bill_to,ship_to,country,language,class,"
        "pixel,discount\n"
        'C-1,"Kestrel, Wind",Kestrel.example|@kw.example,Boss@Kestrel.Example,EUR,30 days net,5000.50,OK,"Quay 1, Galway",'
        '"Quay 1, Galway|Mill 2, Cork",ie,en-IE,trade,Opt-In,2.5\n'
    )
    assert only("customers", text) == (
        Customer(
            "C-1", "Kestrel, Wind", ("kestrel.example", "kw.example"), ("boss@kestrel.example",), "EUR", "30 days net",
            Decimal("5000.50"), "ok", ("Quay 1, Galway",), ("Quay 1, Galway", "Mill 2, Cork"), "IE", "en-IE", "trade",
            "opt-in", Decimal("2.5"),
        ),
    )  # fmt: skip


def test_the_other_tables_are_read():
    assert only("products", "sku,description,unit,list_price,currency,gtin,active,lead_days,usual_quantity\n"
                "W,Bolt|Schraube,EA,1.20,EUR,4006381333931,no,3,1|500") == (
        Product("W", ("Bolt", "Schraube"), "EA", Decimal("1.20"), "EUR", "4006381333931", False, 3, (Decimal(1), Decimal(500))),
    )  # fmt: skip
    assert only("prices", "sku,currency,price,customer\nW,EUR,1.2,\nW,EUR,1.1,C-1\n") == (
        Price("W", "EUR", Decimal("1.2")), Price("W", "EUR", Decimal("1.1"), "C-1"),
    )  # fmt: skip
    assert only("aliases", "code,customer,sku\n4711,C-1,W\n") == (Alias("4711", "C-1", "W"),)
    assert only("stock", "sku,on_hand,next_date,next_quantity,as_of\nW,5,2026-12-01,10,2026-11-23T09:00+01:00\n") == (
        Stock("W", Decimal(5), date(2026, 12, 1), Decimal(10), datetime(2026, 11, 23, 8, tzinfo=UTC)),
    )


@pytest.mark.parametrize("table", ["customers", "products", "stock"])
def test_only_the_first_column_is_required(table):
    first = "number" if table == "customers" else "sku"
    (row,) = only(table, f"{first}\nA-1\n")
    assert key(row)[0].replace("-", "") == "a1"


def test_columns_come_in_any_order_and_unknown_ones_are_reported():
    rows = read("prices", "Price,colour,SKU,currency\n1,red,W,EUR\n")
    assert rows.rows == (Price("W", "EUR", Decimal(1)),)
    assert rows.unknown_columns == ("colour",)


@pytest.mark.parametrize(
    ("table", "text", "reason"),
    [
        ("customers", "", "empty"),
        ("customers", "name\nKestrel\n", "the column number is missing"),
        ("customers", "number;name\nC-1;Kestrel\n", "separated by commas"),
        ("customers", "number,name,name\nC-1,a,b\n", "the column name is there twice"),
        ("customers", "number,name\n,Kestrel\n", "number is empty"),
        ("customers", "number,name\nC-1,Kestrel, Wind\n", "3 values for 2 columns"),
        ("customers", 'number,name\nC-1,"Kestrel\n', "not CSV"),
        ("customers", 'number,name\nC-1,"Kes"trel\n', "not CSV"),
        ("customers", "number\n---\n", "neither a letter nor a digit"),
        ("customers", "number,domains\nC-1,kestrel\n", "domains: 'kestrel' is not a domain name"),
        ("customers", "number,emails\nC-1,kestrel.example\n", "is not a mail address"),
        ("customers", "number,currency\nC-1,eur\n", "ISO 4217"),
        ("customers", "number,currency\nC-1,XQZ\n", "ISO 4217"),
        ("customers", "number,standing\nC-1,fine\n", "standing: 'fine' is none of ok, hold"),
        ("customers", "number,pixel\nC-1,yes\n", "pixel: 'yes' is none of on, off, opt-in"),
        ("customers", "number,discount\nC-1,101\n", "more than 100"),
        ("customers", 'number,credit_limit\nC-1,"1,000"\n', "decimal point"),
        ("customers", "number,credit_limit\nC-1,1e3\n", "decimal point"),
        ("customers", "number,credit_limit\nC-1,١٢\n", "decimal point"),
        ("customers", "number,country\nC-1,Ireland\n", "country code"),
        ("customers", "number,language\nC-1,English!\n", "language tag"),
        ("customers", "number,name\nC-1,a\x07b\n", "control character"),
        ("products", "sku,gtin\nW,4006381333930\n", "is not a GTIN"),
        ("products", "sku,usual_quantity\nW,9|1\n", "low|high"),
        ("products", "sku,lead_days\nW,1.5\n", "whole number"),
        ("products", "sku,active\nW,perhaps\n", "active"),
        ("prices", "sku,price\nW,1\n", "currency is empty"),
        ("prices", "sku,currency\nW,EUR\n", "price is empty"),
        ("prices", "sku,currency,price\nW,EUR,-1\n", "less than 0"),
        ("aliases", "code,sku\n4711,\n", "sku is empty"),
        ("stock", "sku,next_date\nW,01.12.2026\n", "is not a date"),
        ("stock", "sku,next_date\nW,2026-02-30\n", "is not a date"),
        ("stock", "sku,as_of\nW,yesterday\n", "is not a moment"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_rejected_with_its_reason(table, text, reason):
    assert reason in refused(table, text)


def test_a_bad_row_leaves_the_others_alone_and_is_named_by_its_line():
    rows = read("customers", 'number,name\nC-1,"two\nlines"\nC-2,x,y\n\nC-1,again\nC-3,good\n')
    assert [row.number for row in rows.rows] == ["C-1", "C-3"]
    assert [(one.line, one.text) for one in rows.rejected] == [(4, "C-2,x,y"), (6, "C-1,again")]
    assert rows.rows[0].name == "two lines"


def test_a_domain_open_to_everybody_is_remarked_upon():
    rows = read("customers", "number,domains\nC-1,gmail.com\n")
    assert len(rows.rows) == 1
    assert "anybody gets an address at gmail.com" in rows.remarks[0].reason


def test_a_byte_order_mark_is_no_matter():
    assert decode("\ufeffsku\nW\n".encode()) == "sku\nW\n"
    assert len(only("products", "\ufeffsku\nW\n")) == 1


@pytest.mark.parametrize(
    ("data", "reason"), [("a\nü".encode("latin-1"), "line 2: byte 0xfc is not UTF-8"), ("a".encode("utf-16"), "UTF-16")]
)
def test_another_encoding_is_refused_in_one_line(data, reason):
    with pytest.raises(ValueError, match=reason):
        decode(data)


def test_new_rows_replace_those_of_the_same_key():
    data = MasterData().merged("products", (Product("W", unit="EA"), Product("V")))
    assert data.merged("products", (Product("w", unit="BX"),)).products == (Product("w", unit="BX"), Product("V"))


@given(st.sampled_from(TABLES), st.text() | st.text('number,sku\n"|;1.€', max_size=80))
def test_reading_never_raises(table, text):
    read(table, text)


HEADERS = {
    "customers": "number,name,domains,emails,currency,credit_limit,standing,country,language,pixel,discount",
    "products": "sku,description,list_price,currency,gtin,active,lead_days,usual_quantity",
    "prices": "sku,currency,price,customer",
    "aliases": "code,customer,sku",
    "stock": "sku,on_hand,next_date,next_quantity,as_of",
}


@given(st.sampled_from(TABLES), st.lists(st.text('aE1.-|@/ "€é\x00', max_size=12), max_size=11))
def test_reading_never_raises_for_a_row(table, values):
    rows = read(table, f"{HEADERS[table]}\n{','.join(values)}\n")
    assert len(rows.rows) + len(rows.rejected) <= 2


def test_what_one_table_names_and_another_does_not_hold_is_told():
    data = MasterData(
        customers=(Customer("C-1", domains=("a.example",)), Customer("C-2", domains=("a.example",))),
        products=(Product("W-100"),),
        prices=(Price("w 100", "EUR", Decimal(1)), Price("W-999", "EUR", Decimal(1), "K-99")),
        aliases=(Alias("4711", "C-1", "W-100"),),
    )
    assert dangling(data) == (
        "prices name 1 articles that are not known: W-999",
        "prices name 1 customers that are not known: K-99",
        "customers share domains, so only their addresses prove them: a.example (C-1, C-2)",
    )


def test_a_file_without_a_usable_row_replaces_nothing(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("number,name\nC-1,Client\n")
    import_file(tmp_path / "ledger.db", "customers", path, datetime.now(UTC))
    path.write_text("number,name\n,broken\n")
    with pytest.raises(ImportFailed, match="left as it is"):
        import_file(tmp_path / "ledger.db", "customers", path, datetime.now(UTC), replace=True)
    ledger = SqlLedger(fresh(tmp_path / "ledger.db"))
    assert Shelf(ledger.database).counts() == {"customers": 1}
    ledger.close()


def test_master_data_are_read_out_of_a_ledger_that_is_left_as_it_is(tmp_path):
    ledger = tmp_path / "ledger.db"
    assert read_ledger(ledger) == MasterData()
    assert not ledger.exists()
    path = tmp_path / "products.csv"
    path.write_text("sku,description\nW-100,Hex bolt\n")
    import_file(ledger, "products", path, datetime.now(UTC))
    before = ledger.read_bytes()
    assert [product.sku for product in read_ledger(ledger).products] == ["W-100"]
    assert ledger.read_bytes() == before
    ledger.write_bytes(b"no database at all, and longer than a header of one would be" * 20)
    with pytest.raises(ImportFailed, match="cannot be read"):
        read_ledger(ledger)
