"""`maildaemon modes`: the record shown, a mode set, an acknowledgement contradicted."""

import json
import re

import pytest
from typer.testing import CliRunner

from maildaemon.cli import app
from maildaemon.cli.checkup import examine
from maildaemon.desk import Outgoing
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.edge.tables import EVENT
from maildaemon.model import Mode
from maildaemon.modes import Terms
from maildaemon.settings import ConfigError, Settings, parse
from tests.test_commands import CONFIG
from tests.test_modes import Trusting, decided

WHO = ("--by", "anna", "--reason", "she said so")


def run(path, *arguments):
    """Exit status and everything that was said."""
    found = CliRunner().invoke(app, ["modes", *arguments, "--config", str(path)], env={"COLUMNS": "80"})
    return found.exit_code, found.output


@pytest.fixture
def config(tmp_path):
    """A configuration in mode auto, and a ledger in which northwind has answered once, and general has stopped one."""
    world = Trusting(tmp_path)
    world.come("northwind")
    world.come("general", sender="who@stranger.example")
    world.go()
    world.ledger.close()
    return written(tmp_path)


def written(folder, more=""):
    found = folder / "maildaemon.toml"
    found.write_text(f'mode = "auto"\n{CONFIG.format(ledger="ledger.db")}\n{more}')
    return found


def proves(path, profile, *contradicted):
    """Decisions of persons in the ledger."""
    world = Trusting(path.parent)
    decided(world, profile, *contradicted)
    world.ledger.close()


def listed(path):
    status, said = run(path, "list", "--json")
    assert status == 0, said
    return {row["profile"]: row for row in map(json.loads, said.splitlines())}


def events(path, kind):
    ledger = SqlLedger(path.parent / "ledger.db")
    with ledger.database.read() as db:
        found = [json.loads(row.body) for row in db.execute(EVENT.select()) if row.type == kind]
    ledger.close()
    return found


def modes_of(path):
    ledger = SqlLedger(path.parent / "ledger.db")
    found = ProfileModes(ledger.database).modes()
    ledger.close()
    return found


def test_each_profile_is_listed_with_what_it_would_have_done(config):
    found = listed(config)
    assert (found["northwind"]["seen"], found["northwind"]["would"]) == (1, {"acknowledge": 1})
    assert found["general"]["would"] == {"review": 1}
    assert (found["kessler"]["seen"], found["kessler"]["judged"], found["kessler"]["next"]) == (0, None, 59)
    assert (found["northwind"]["mode"], found["general"]["mode"]) == ("auto", "auto")


def test_the_table_fits_80_columns_and_tells_what_was_judged(config):
    proves(config, "northwind", *[False] * 59)
    proves(config, "kessler", *[True] * 100, *[False] * 199)
    for arguments in ((), ("list",)):
        status, said = run(config, *arguments)
        assert status == 0
        assert "4.95 % (0/59)" in said
        assert (
            max(len(line) for line in said.splitlines() if re.match(r"(profile|northwind|kessler|general) ", line))
            <= 80
        )
        assert "nothing seen yet:" in said
        (kessler,) = [line.split() for line in said.splitlines() if line.startswith("kessler ")]
        assert kessler[8:] == ["199", "100", "38.21", "%", "(100/299)"]


def test_what_has_earned_auto_is_proposed_and_not_taken(config):
    written(config.parent, '[modes]\nstart = "draft"')
    proves(config, "northwind", *[False] * 59)
    row = listed(config)["northwind"]
    assert (row["mode"], row["earned"]) == ("draft", True)
    assert "maildaemon modes set northwind auto" in row["proposal"]
    assert row["judged"] == {"decisions": 59, "contradictions": 0, "bound": "0.049508"}
    assert "has earned auto" in run(config)[1]


def test_pooled_profiles_are_said_to_be_pooled(config):
    written(config.parent, '[modes]\npool = [["northwind", "kessler"]]\nstart = "draft"')
    proves(config, "kessler", *[False] * 59)
    said = run(config)[1]
    assert "* northwind, kessler are judged by their decisions together" in said
    assert "4.95 % (0/59) *" in said
    assert "northwind (pooled with kessler) has earned auto" in " ".join(said.split())


def test_the_operator_sets_a_mode_and_it_is_in_the_chain_of_events(config):
    status, said = run(config, "set", "northwind", "draft", *WHO)
    assert (status, said) == (0, "northwind: draft\n")
    found = listed(config)["northwind"]["set"]
    assert (found["mode"], found["by"], found["why"]) == ("draft", "anna", "she said so")
    (event,) = events(config, "mode-set")
    assert (event["profile"], event["mode"], event["by"], "overruled" in event) == ("northwind", "draft", "anna", False)


def test_auto_that_was_not_earned_can_be_set_and_is_said_to_overrule(config):
    status, said = run(config, "set", "northwind", "auto", *WHO)
    assert status == 0
    assert "overruling its record: 0 decisions of the 59 that are needed at least" in said
    assert listed(config)["northwind"]["set"]["overruled"]
    assert events(config, "mode-set")[0]["overruled"]
    proves(config, "kessler", True, *[False] * 58)
    assert "an error of up to 7.79 %, and 5.00 % is wanted" in run(config, "set", "kessler", "auto", *WHO)[1]


def test_auto_that_was_earned_overrules_nothing(config):
    proves(config, "northwind", *[False] * 59)
    assert run(config, "set", "northwind", "auto", *WHO) == (0, "northwind: auto\n")


def test_what_settings_allow_less_is_said(config):
    config.write_text(config.read_text().replace('"auto"', '"draft"', 1))
    assert "settings and matrix allow draft at most" in run(config, "set", "northwind", "auto", *WHO)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "northwid", "draft", *WHO),
        ("set", "northwind", "draft", "--by", "anna", "--reason", " "),
        ("set", "northwind", "draft", "--by", "anna\x1b[31m", "--reason", "x"),
        ("contradict", "M99", *WHO),
        ("contradict", "M2", *WHO),
        ("contradict", "PO-99", *WHO),
    ],
    ids=["no such profile", "no reason", "no name", "no mail", "a mail that was stopped", "no order"],
)
def test_what_cannot_be_is_refused_in_one_line(config, arguments):
    status, said = run(config, *arguments)
    assert status == 1
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said
    assert modes_of(config) == {}


def test_a_mode_needs_a_name_and_a_reason(config):
    assert run(config, "set", "northwind", "draft")[0] == 2


@pytest.mark.parametrize("what", ["M1", "PO-1"])
def test_a_contradicted_acknowledgement_takes_auto_from_its_profile(config, what):
    status, said = run(config, "contradict", what, *WHO)
    assert status == 0, said
    assert said == "M1: contradicted\nnorthwind: draft\n"
    assert modes_of(config) == {"northwind": Mode.DRAFT}
    assert events(config, "contradicted")[0]["by"] == "anna"
    assert "it was already" in run(config, "contradict", "M1", *WHO)[1]
    assert "northwind: auto was lost on" in run(config)[1]


# --- check, settings, the daemon -----------------------------------------------------------------------------------------


def findings(path):
    found = parse(path.read_text(), str(path))
    return [(one.level, one.sentence) for one in examine(found) if one.what == "modes"]


def test_check_says_who_has_lost_auto_until_somebody_sets_the_mode(config):
    run(config, "contradict", "M1", *WHO)
    (wrong,) = [sentence for level, sentence in findings(config) if level == "wrong"]
    assert wrong.startswith("northwind has lost auto: mail M1 of northwind was contradicted by anna")
    run(config, "set", "northwind", "draft", *WHO)
    assert [sentence for level, sentence in findings(config) if level == "wrong"] == []


def test_check_says_who_has_earned_auto_and_who_has_it_by_word_alone(config):
    written(config.parent, '[modes]\nstart = "draft"')
    proves(config, "kessler", *[False] * 59)
    assert [level for level, sentence in findings(config) if "kessler has earned auto" in sentence] == ["note"]
    run(config, "set", "northwind", "auto", *WHO)
    assert [level for level, sentence in findings(config) if "not by a record: northwind" in sentence] == ["note"]


def test_check_names_a_pool_of_a_profile_that_is_not_there(config):
    written(config.parent, '[modes]\npool = [["northwind", "kesler"]]')
    assert "there is no profile 'kesler'" in findings(config)[0][1]


def test_a_new_installation_looks_and_sends_nothing():
    assert Settings.model_fields["mode"].default is Mode.SHADOW
    assert Settings.model_fields["modes"].default.terms == Terms()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('pool = [["a"]]', "a pool of one profile"),
        ('pool = [["a", "b"], ["b", "c"]]', "a profile is named twice"),
        ('bound = "0.001"', "modes.bound"),
        ('start = "always"', "modes.start"),
        ("looks = 3", "modes.looks"),
    ],
)
def test_terms_that_cannot_be_are_refused(config, text, said):
    written(config.parent, f"[modes]\n{text}")
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse(config.read_text(), "maildaemon.toml")


@pytest.fixture
def daemon(config):
    from maildaemon.daemon import Daemon

    found = Daemon(parse(config.read_text(), str(config)))
    yield found
    found.close()


def test_the_daemons_door_asks_for_the_profiles_mode_at_that_moment(config, daemon):
    message = Outgoing(1, 1, "<1@us.example>", "o@us.example", "a@client.example", b"", mailbox="orders")
    assert daemon.door.ask(message) is None
    run(config, "set", "northwind", "draft", *WHO)
    assert daemon.door.ask(message).reason == "the mode is draft: a person releases each answer"
    assert daemon.door.ask(Outgoing(2, 2, "<2@us.example>", "o@us.example", "a@client.example", b"")) is None


def test_the_running_daemon_tells_in_its_log_and_its_status_what_a_command_has_taken_from_a_profile(
    config, daemon, caplog
):
    run(config, "contradict", "M1", *WHO)
    daemon.alarms.watch()
    (alarm,) = [record for record in caplog.records if getattr(record, "event", "") == "fell-back"]
    assert (alarm.levelname, alarm.facts["profile"]) == ("CRITICAL", "northwind")
    assert daemon.alarms.lost == ("northwind",)
