"""Mails written by others, that are no orders: every one gets its line, none is acknowledged."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from maildaemon.model import Kind
from maildaemon.read import Unreadable, read

SETS = ("mime-*", "bounces-sisimai", "replies-*", "machine-parsedmarc", "orderlike-*")


@pytest.fixture(scope="module")
def files():
    folder = os.environ.get("CORPUS")
    if not folder:
        pytest.skip("the variable CORPUS does not name the folder with foreign mails")
    found = [
        path
        for name in SETS
        for path in sorted(Path(folder).glob(f"{name}/**/*"))
        if path.is_file() and not path.name.startswith(("SOURCES", "LICENCE")) and path.name != "expected.json"
    ]
    assert found
    return found


@pytest.fixture(scope="module")
def everybody(files, tmp_path_factory):
    """Master data in which every sender is a known customer, by address and by domain."""
    senders = set()
    for path in files:
        try:
            mail, _ = read(path.read_bytes())
        except Unreadable:
            continue
        if mail.sender:
            senders.add(mail.sender)
    folder = tmp_path_factory.mktemp("known")
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["number", "name", "domains", "emails", "currency"])
        for number, sender in enumerate(sorted(senders)):
            rows.writerow([f"C-{number}", f"Customer {number}", sender.rpartition("@")[2], sender, "USD"])
    (folder / "products.csv").write_text("sku,description,unit,list_price,currency\nW-100,Hex bolt,EA,1.00,USD\n")
    return folder


@pytest.mark.corpus
@pytest.mark.parametrize("all_known", [False, True], ids=["nobody is known", "every sender is a customer"])
def test_no_foreign_mail_is_acknowledged_and_each_gets_its_line(files, everybody, all_known):
    command = [sys.executable, "-m", "maildaemon", "try", "--json"]
    command += ["--known", str(everybody)] if all_known else []
    answer = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, timeout=110, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [row["file"] for row in rows] == [str(path) for path in files]
    assert {row["kind"] for row in rows} <= set(Kind)
    counts = Counter(row["decision"] for row in rows)
    assert counts["acknowledge"] == 0, [row["file"] for row in rows if row["decision"] == "acknowledge"]
    assert not [row["file"] for row in rows if any("an error of the" in o["reason"] for o in row["objections"])]
    print(f"{len(rows)} files: {dict(counts)}")
