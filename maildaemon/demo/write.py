"""The sample mails as files, for whoever wants to try the commands on them."""

from datetime import datetime
from importlib import resources
from pathlib import Path

from maildaemon.demo import samples

KNOWN = "known"
"""The folder beside the mails with the master data of their clients."""


def write(folder: Path, now: datetime) -> tuple[Path, ...]:
    """The demonstration's own mails with their master data, and mails of a client for whom there is no profile yet.
    Raises FileExistsError for a mail that is there already, before any is written."""
    source = resources.files(__package__) / "data" / "source"
    mails = {f"{sample.name}.eml": sample.raw for sample in samples.samples(now)}
    mails |= {
        file.name: samples.mail(file.read_bytes(), now) for file in source.iterdir() if file.name.endswith(".eml")
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in mails:
        if (folder / name).exists():
            raise FileExistsError(17, "is there already", str(folder / name))
    for name, raw in mails.items():
        (folder / name).write_bytes(raw)
    (folder / KNOWN).mkdir(exist_ok=True)
    samples.master_data(folder / KNOWN, now)
    return tuple(folder / name for name in sorted(mails))
