"""Secrets from where the operator keeps them."""

import sys

import pytest

from maildaemon.desk import LoginRefused
from maildaemon.edge import credentials
from maildaemon.edge.credentials import (
    TOKEN_SECONDS,
    Credential,
    Environment,
    PasswordFile,
    SecretError,
    Token,
    TokenCommand,
    secret,
    xoauth2,
)
from maildaemon.edge.imap import ImapAccount, ImapMailbox
from maildaemon.settings_accounts import Account


def password_file(path, content: bytes, mode: int = 0o600) -> PasswordFile:
    file = path / "password"
    file.write_bytes(content)
    file.chmod(mode)
    return PasswordFile(file)


def command(code: str) -> TokenCommand:
    return TokenCommand((sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b" a b \n", " a b "),
        ("ü".encode(), "ü"),
    ],
)
def test_a_file_loses_one_line_end_and_nothing_else(tmp_path, content, password):
    assert secret(password_file(tmp_path, content))() == password


def test_two_line_ends_are_one_too_many_but_not_ours_to_judge(tmp_path):
    assert secret(password_file(tmp_path, b"x\n\n"))() == "x\n"


def test_a_changed_file_needs_no_restart(tmp_path):
    found = secret(password_file(tmp_path, b"old"))
    assert found() == "old"
    password_file(tmp_path, b"new")
    assert found() == "new"


@pytest.mark.parametrize(
    ("content", "what"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "UTF-8"), (b"x" * 20_000, "longer")]
)
def test_a_file_without_a_password_is_named(tmp_path, content, what):
    source = password_file(tmp_path, content)
    with pytest.raises(SecretError, match=what) as caught:
        secret(source)()
    assert str(source.path) in str(caught.value)
    assert secret(source).problem() == str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    assert (
        secret(PasswordFile(tmp_path / "none")).problem()
        == f"{tmp_path / 'none'}: cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(
    ("mode", "open_to_others"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o602, True)]
)
def test_a_file_that_others_may_read_is_noted_not_refused(tmp_path, mode, open_to_others):
    found = secret(password_file(tmp_path, b"hunter2", mode))
    assert found() == "hunter2"
    assert ("chmod 600" in (found.problem() or "")) is open_to_others
    assert "hunter2" not in (found.problem() or "")


def test_an_environment_variable(monkeypatch):
    monkeypatch.setenv("ORDERS_PASSWORD", "hunter2")
    assert secret(Environment("ORDERS_PASSWORD"))() == "hunter2"
    monkeypatch.delenv("ORDERS_PASSWORD")
    assert secret(Environment("ORDERS_PASSWORD")).problem() == "the environment variable ORDERS_PASSWORD is not set"


def test_a_systemd_credential(tmp_path, monkeypatch):
    (tmp_path / "imap").write_bytes(b"hunter2\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret(Credential("imap"))() == "hunter2"
    # systemd's own modes are systemd's business
    assert secret(Credential("imap")).problem() is None
    assert "plain name" in (secret(Credential("../imap")).problem() or "")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "LoadCredential=imap" in (secret(Credential("imap")).problem() or "")


def test_a_token_command_is_run_without_a_shell_and_stripped():
    found = secret(TokenCommand((sys.executable, "-c", "import sys; print(' ', sys.argv[1], ' ')", "$HOME;id")))
    assert found() == "$HOME;id"
    assert found.problem() is None


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("", "is empty"),
        ("print('x' * 20000)", "longer than 16384 bytes"),
    ],
)
def test_a_token_command_that_fails_is_named_without_its_output(code, what):
    found = secret(command(f"import sys; sys.stderr.write('hunter2'); {code}"))
    assert what in (found.problem() or "")
    assert sys.executable in (found.problem() or "")
    assert "hunter2" not in (found.problem() or "")


def test_a_missing_token_command_is_named():
    assert "cannot be run: No such file" in (secret(TokenCommand(("/no/such/program",))).problem() or "")
    assert "cannot be run" in (secret(TokenCommand(())).problem() or "")


def test_a_token_is_kept_ten_minutes_or_until_it_is_refused():
    now, tokens = [0.0], iter("abcd")
    token = Token(lambda: next(tokens), lambda: now[0])
    assert token() == token() == "a"
    now[0] = TOKEN_SECONDS - 1
    assert token() == "a"
    now[0] = TOKEN_SECONDS
    assert token() == "b"
    token.refresh()
    assert token() == token() == "c"


def test_a_token_that_cannot_be_had_is_asked_for_again():
    answers = iter([SecretError("down"), "a"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    token = Token(ask)
    with pytest.raises(SecretError):
        token()
    assert token() == "a"


def test_a_secret_that_cannot_be_had_is_a_refused_login(tmp_path):
    of = ImapAccount("box", "127.0.0.1", 1, "none", "orders", secret(PasswordFile(tmp_path / "none")))
    with pytest.raises(LoginRefused, match=r"box: .*none: cannot be read"):
        ImapMailbox(of).connect()


def test_the_initial_response_of_xoauth2():
    assert xoauth2("a@b", "t0k") == "user=a@b\x01auth=Bearer t0k\x01\x01"


def test_an_account_of_the_configuration_names_its_source(tmp_path, monkeypatch):
    monkeypatch.setenv("PW", "from-env")
    source = password_file(tmp_path, b"from-file", 0o644)
    base = {"host": "localhost", "user": "u"}
    assert credentials.of(Account(**base, password_env="PW"))() == "from-env"
    assert credentials.of(Account(**base, password_file=source.path))() == "from-file"
    assert credentials.of(Account(**base, token_command=(sys.executable, "-c", "print('tok')")))() == "tok"
    assert "chmod 600" in (credentials.problem(Account(**base, password_file=source.path)) or "")
    assert credentials.problem(Account(**base, password_env="PW")) is None
