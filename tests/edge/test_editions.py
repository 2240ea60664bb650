"""The playbook of a running daemon: taken when it has changed and is sound, kept when it is not."""

import logging
import os

import pytest

from maildaemon.edge import playbooks
from maildaemon.edge.editions import REST, Edition, Editions

RULE = '[[rule]]\nname = "has-a-po-number"\ncheck = "present"\nfield = "po_number"\n'
MORE = RULE + '\n[[rule]]\nname = "has-lines"\ncheck = "has-lines"\n'
BROKEN = RULE.replace("present", "presnt")


class Reader:
    def __init__(self, bundle):
        self.bundle, self.closed = bundle, False

    def close(self):
        self.closed = True


class Watched:
    """Editions over folders of their own, with a clock that is set by hand."""

    def __init__(self, folder):
        self.now, self.told = 0.0, []
        self.parsers, self.rules, self.templates = (folder / name for name in ("parsers", "rules", "templates"))
        for path in (self.parsers, self.rules, self.templates):
            path.mkdir()
        self.write(self.rules / "orders.toml", RULE)
        folders = (self.parsers, self.rules, self.templates)
        bundle = playbooks.gather(*folders)
        first = Edition(bundle, playbooks.build(bundle), playbooks.layouts(bundle), Reader(bundle))
        self.editions = Editions(first, folders, Reader, self.told.append, lambda: self.now)

    def write(self, path, text):
        path.write_text(text)
        path.chmod(0o644)

    def rest(self):
        """Two looks, and time between them."""
        self.editions.look()
        self.now += REST
        self.editions.look()

    def names(self):
        return [rule.name for rule in self.editions.current.playbook.deck.rules]


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "maildaemon")
    return lambda: [record.message for record in caplog.records if record.message.startswith("playbook")]


def test_a_sound_change_is_taken_once_the_files_rest(watched, log):
    first = watched.editions.take("orders")
    watched.write(watched.rules / "orders.toml", MORE)
    watched.editions.look()
    assert not watched.editions.changed("orders")  # who writes it may not be done
    watched.now += REST
    assert watched.editions.changed("orders")
    second = watched.editions.take("orders")
    assert watched.names() == ["has-a-po-number", "has-lines"]
    assert second.playbook.digest == second.bundle.digest != first.playbook.digest
    assert second.reader is first.reader  # the profiles are the same
    assert log() == ["playbook-changed"]


def test_half_a_deck_is_not_taken_while_it_is_written(watched):
    watched.write(watched.rules / "orders.toml", MORE)
    watched.rest()
    for part in (MORE[: len(RULE)], MORE[: len(RULE) + 1]):  # a sound deck, of fewer rules
        watched.write(watched.rules / "orders.toml", part)
        watched.now += REST / 2
        watched.editions.look()
    watched.write(watched.rules / "orders.toml", MORE + "# done\n")
    watched.rest()
    assert watched.names() == ["has-a-po-number", "has-lines"]


@pytest.mark.parametrize(
    ("folder", "name", "text", "told"),
    [
        ("rules", "orders.toml", BROKEN, "orders.toml:3: rule 1 (has-a-po-number): check: unknown check 'presnt'"),
        ("rules", "matrix.toml", '[[row]]\ndeck = "none"\n', "matrix.toml:2: row 1: deck: there is no rules/none.toml"),
        ("rules", "shipping.toml", "zone = 5\n", "shipping.toml:1: zone: "),
        ("parsers", "acme.toml", "source = 5\n", "acme.toml:1: source: "),
        ("parsers", "acme.py", "raise SystemError('no')", "acme.py: expected acme.toml beside it"),
        ("templates", "short.txt", "{{ nobody }}", "short.txt:1: unknown name nobody"),
    ],
)
def test_what_is_broken_is_said_once_and_the_old_one_stays(watched, log, folder, name, text, told):
    before = watched.editions.current
    path = getattr(watched, folder) / name
    watched.write(path, text)
    for _ in range(3):
        watched.rest()
    assert watched.editions.current is before
    assert watched.editions.fault.removeprefix(f"{path.parent}/").startswith(told)
    assert watched.told == [watched.editions.fault]
    assert log() == ["playbook-broken"]


def test_another_fault_is_said_as_well_and_what_is_mended_is_taken(watched, log):
    path = watched.rules / "orders.toml"
    for text in (BROKEN, "", MORE):
        watched.write(path, text)
        watched.rest()
    assert log() == ["playbook-broken", "playbook-broken", "playbook-changed"]
    assert watched.editions.fault is None
    assert watched.told[-1] is None
    assert watched.names() == ["has-a-po-number", "has-lines"]


def test_what_is_put_back_as_it_was_is_no_fault_any_more(watched):
    before = watched.editions.current
    for text in (BROKEN, RULE):
        watched.write(watched.rules / "orders.toml", text)
        watched.rest()
    assert watched.editions.current is before
    assert watched.told[-1] is None


def test_at_once_is_at_once(watched):
    watched.write(watched.rules / "orders.toml", MORE)
    watched.editions.look(at_once=True)
    assert watched.names() == ["has-a-po-number", "has-lines"]
    watched.write(watched.rules / "orders.toml", BROKEN)
    watched.editions.look(at_once=True)
    watched.editions.look(at_once=True)
    assert len(watched.told) == 2  # whoever asks again is told again


def test_a_file_that_is_touched_is_the_same_playbook(watched, log):
    before = watched.editions.current
    os.utime(watched.rules / "orders.toml", (1, 1))
    watched.rest()
    assert watched.editions.current is before
    assert log() == []


def test_what_others_may_write_is_a_fault(watched):
    (watched.rules / "orders.toml").chmod(0o646)
    watched.rest()
    assert "others may write it" in watched.editions.fault


def test_a_folder_that_is_gone_is_a_fault(watched):
    for path in (watched.rules / "orders.toml", watched.rules):
        path.unlink() if path.is_file() else path.rmdir()
    watched.rest()
    assert "not a folder" in watched.editions.fault


def test_new_profiles_have_a_reader_of_their_own_and_the_old_one_ends_with_its_last_user(watched):
    one, other = watched.editions.take("one"), watched.editions.take("other")
    watched.write(watched.parsers / "acme.toml", '[claims]\nfrom = "*@acme.example"\n')
    watched.rest()
    new = watched.editions.take("one")
    assert new.reader is not one.reader
    assert [profile.name for profile in playbooks.build(new.reader.bundle).profiles] == ["acme"]
    assert not other.reader.closed
    watched.editions.take("other")
    assert other.reader.closed
    assert not new.reader.closed
    watched.editions.close()
    assert new.reader.closed


def test_a_plugin_that_breaks_is_a_fault_and_no_end(watched):
    watched.write(watched.parsers / "acme.toml", '[claims]\nfrom = "*@acme.example"\n')
    watched.write(watched.parsers / "acme.py", "import nothing_of_the_kind\n")
    watched.rest()
    assert "ModuleNotFoundError" in watched.editions.fault
