"""Why a reply is not written."""


class CannotAnswer(Exception):  # noqa: N818  (says what is the matter, in one line)
    """No acknowledgement can be written for this mail; the caller hands it to a person. ``str()`` is one line."""


class HeaderMismatch(CannotAnswer):
    """Our own bytes, read again, do not carry exactly the headers that were meant."""
