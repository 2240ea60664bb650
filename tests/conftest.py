"""What all tests share."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.campaign import victims


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="write the expected.json beside each sample mail; read the diff"
    )


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules live to the end: to look through them for garbage again and again takes a
    sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--bless"))


@pytest.fixture(scope="session")
def zygote() -> Iterator[str]:
    """A process that has the program loaded, by the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="md-") as folder, victims.zygote(Path(folder)) as path:
        yield path


@pytest.fixture(scope="session")
def command(zygote: str) -> Callable[..., CompletedProcess[str]]:
    """``maildaemon ARGUMENTS`` in a process of its own, which need not load the program anew."""
    return partial(victims.run, zygote)
