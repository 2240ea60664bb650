"""The one refusal of this room."""


class Unreadable(Exception):  # noqa: N818  (a state of a mail, not a class of errors)
    """The mail exceeds a bound, so nothing of it is parsed. ``reason`` is one plain line."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
