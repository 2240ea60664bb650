"""What every command needs: the configuration, and failures in one line."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from maildaemon import settings
from maildaemon.settings import ConfigError, Settings
from maildaemon.strict import PlaybookError

P = ParamSpec("P")
R = TypeVar("R")

FAILED, BAD_CONFIG = 1, 78
DEFAULT_CONFIG = Path("/etc/maildaemon/maildaemon.toml")
ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="MAILDAEMON_CONFIG", help="The configuration file.", metavar="FILE")
]


def end(status: int, sentence: str) -> NoReturn:
    Console(stderr=True).print(Text(sentence), soft_wrap=True)
    raise typer.Exit(status)


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """The command's foreseeable failures, each in one line."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from sqlalchemy.exc import DBAPIError

        from maildaemon.desk import MailboxError
        from maildaemon.edge.database import LedgerError
        from maildaemon.edge.importing import ImportFailed

        try:
            return command(*args, **kwargs)
        except (ConfigError, PlaybookError) as error:
            end(BAD_CONFIG, str(error))
        except (LedgerError, MailboxError, ImportFailed) as error:
            end(FAILED, str(error))
        except DBAPIError as error:
            end(FAILED, f"the ledger cannot be used: {' '.join(str(error.orig).split())[:200]}")
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(FAILED) from None
        except OSError as error:
            end(FAILED, f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))

    return run


def time_of(option: str, text: str) -> datetime:
    """An aware time; UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        end(FAILED, f"{option} {text}: expected a time such as 2026-11-23T09:00:00Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_config(path: Path) -> Settings:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"{path}: cannot be read: {reason}; expected a configuration file (--config FILE)") from None
    return settings.parse(text, str(path))
