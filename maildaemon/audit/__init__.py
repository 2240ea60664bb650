"""Is everything as promised: the proof from the ledger and from the servers."""

from maildaemon.audit.whole import LOOKED_AT, Audit, Balance, audit

__all__ = ["LOOKED_AT", "Audit", "Balance", "audit"]
