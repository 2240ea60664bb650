"""Sample mails as the general reader understood them: what a profile is drafted from."""

from dataclasses import dataclass

from maildaemon.model import Reading


class CannotDraft(Exception):  # noqa: N818
    """No profile can be proposed. ``str()`` says in one line why, and what was expected."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``file`` is the name for people; ``reading`` the general reader's."""

    file: str
    reading: Reading
