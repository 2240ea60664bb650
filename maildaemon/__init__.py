"""maildaemon reads purchase orders out of a mailbox and acknowledges those it can prove it has understood."""

__version__ = "0.1.0"
