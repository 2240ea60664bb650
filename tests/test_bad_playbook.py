"""A folder of broken playbooks: each is refused in one line that names file, line and key."""

from pathlib import Path

import pytest

from maildaemon.edge import playbooks
from maildaemon.strict import PlaybookError

CASES = sorted(path for path in (Path(__file__).parent / "bad-playbook").iterdir())


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_broken_playbook_is_refused_with_file_and_line(folder, tmp_path):
    (expected,) = (folder / "expected").read_text().splitlines()
    parsers = folder / "parsers" if (folder / "parsers").is_dir() else tmp_path
    with pytest.raises(PlaybookError) as caught:
        playbooks.load(parsers, folder / "rules")
    told = str(caught.value).replace(f"{folder}/", "")
    assert told.startswith(expected)
    assert "\n" not in told
