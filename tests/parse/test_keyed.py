"""Order lines stated field by field."""

from .making import one, values


def test_two_numbers_of_an_article_do_not_part_its_line():
    order = one(
        "PO number: A-1\n\nPosition 1\nLief.-Art.-Nr.: SL3382\nKurztext: Schrank\nBestellmenge: 3\nMaterialnummer: MAT46781\nEP: CHF 1213.53\n\n"
        "Position 2\nLief.-Art.-Nr.: KB4237\nKurztext: Schraube\nBestellmenge: 120\nMaterialnummer: MAT18176\nEP: CHF 55.48"
    )
    assert values(order, "sku", "buyer_sku", "quantity", "unit_price") == [
        ("SL3382", "MAT46781", "3", "1213.53"),
        ("KB4237", "MAT18176", "120", "55.48"),
    ]


def test_a_column_label_is_no_typing_error_of_another():
    order = one("PO number: A-1\n\nItem 1\nSKU: W-100\nOrdered: 2\n\nItem 2:\nSKU: W-200\nOrdered: 60")
    assert values(order, "sku", "quantity") == [("W-100", "2"), ("W-200", "60")]
    assert order.doubts == ()


def test_fields_parted_by_blank_lines_are_one_line():
    order = one("PO number: A-1\n\nSKU: W-100\n\nQuantity: 5\n\nUnit price: 1.20\n\nSKU: W-200\n\nQuantity: 6")
    assert values(order, "sku", "quantity", "unit_price") == [("W-100", "5", "1.20"), ("W-200", "6", None)]


def test_a_quantity_stated_twice_for_an_article_is_a_doubt():
    order = one("PO number: A-1\n\nSKU: W-100\nQuantity: 5\nOrder qty: 6")
    assert values(order, "sku", "quantity") == [("W-100", "5")]
    assert any("says again what stands above" in doubt for doubt in order.doubts)


def test_a_quantity_before_a_hyphen_is_no_label():
    order = one("PO number: A-1\n\n* 6 Stück - W-100 Kugellager @ EUR 21,46")
    assert values(order, "sku", "quantity") == [("W-100", "6")]


ONE = "PO number: A-1\nSKU: W-100\nQuantity: 5\nUnit price: 1.20 EUR\nTotal: 6.00 EUR\n"


def test_the_total_below_the_only_line_is_that_of_the_order_too():
    order = one(ONE)
    assert (str(order.total.value), str(order.lines[0].amount.value)) == ("6.00", "6.00")
    assert order.doubts == ()


def test_the_totals_below_each_of_two_lines_are_none_of_the_order():
    order = one(ONE + "\nSKU: W-200\nQuantity: 2\nUnit price: 1.00 EUR\nTotal: 2.00 EUR\n")
    assert order.total is None


def test_a_total_stated_further_below_is_that_of_the_order():
    order = one(ONE + "\nShipping: 4.00 EUR\nOrder total: 10.00 EUR\n")
    assert str(order.total.value) == "10.00"


def test_the_sum_of_the_last_line_is_its_own_though_it_is_wrong():
    """Its label stands in every line, and may as well be that of the order's net sum."""
    lines = "\n\n".join(
        f"Artikel: W-{n}\nHoeveelheid: {many}\nPrijs per eenheid EUR: {price}\nNetto bedrag EUR: {amount}"
        for n, many, price, amount in ((100, 15, "5,15", "77,25"), (200, 25, "3,40", "185,00"))
    )
    order = one(f"Ordernummer: CMD-1\n\n{lines}\n\nTotaal EUR: 162,25\n")
    assert values(order, "sku", "amount") == [("W-100", "77.25"), ("W-200", "185.00")]
