"""What the `profile` commands share: the folder of profiles, and samples read in the limited child."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maildaemon.cli.base import DEFAULT_CONFIG, read_config
from maildaemon.desk import ReadFailure
from maildaemon.edge import playbooks
from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import Bundle
from maildaemon.model import Reading
from maildaemon.playbook import Playbook

HERE = Path("parsers")


@dataclass(frozen=True, slots=True)
class Sources:
    """``folder`` is where profiles are read and written; ``bundle`` all its files, with the rules."""

    folder: Path
    bundle: Bundle
    playbook: Playbook

    def alone(self, text: str | None = None, name: str = "") -> Bundle:
        """The general profile alone, and beside it at most the one whose text is given."""
        parsers = {path: own for path, own in self.bundle.parsers.items() if Path(path).name == "general.toml"}
        if text is not None:
            parsers[str(self.folder / f"{name}.toml")] = text
        return Bundle(parsers, self.bundle.rules)


def sources(config: Path | None, own: Path | None, *, making: bool = False) -> Sources:
    """The folder that is named, else the configured one, else ./parsers, else the shipped one; ``making``: a folder
    that is not there yet will be. Raises ConfigError, PlaybookError."""
    settings = read_config(config or DEFAULT_CONFIG) if config or DEFAULT_CONFIG.exists() else None
    folder = own or (settings.parsers if settings else None)
    shipped = playbooks.shipped("parsers")
    if folder is None:
        folder = HERE if HERE.is_dir() or making else shipped
    is_shipped = folder.resolve() == shipped.resolve() or (making and not folder.is_dir())
    bundle = playbooks.gather(None if is_shipped else folder, settings.rules if settings else None)
    if is_shipped and not folder.is_dir():
        bundle = Bundle({}, bundle.rules)
    return Sources(folder, bundle, playbooks.build(bundle))


def read(bundle: Bundle, mails: Sequence[tuple[str, bytes]]) -> list[Reading | ReadFailure]:
    """Each mail as the bundle's profiles read it, in a child process."""
    reader = ChildReader(bundle, children=1)
    try:
        return reader.read_files(mails)
    finally:
        reader.close()
