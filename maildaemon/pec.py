"""Italian certified mail (PEC, RFC 6109): its envelopes and its receipts, told by the headers that providers set."""

from collections.abc import Iterable

from maildaemon.model import Document, Kind, Mail

TRANSPORT, RECEIPT = "x-trasporto", "x-ricevuta"
_DATA = "daticert.xml"
_ARRIVED = {
    "accettazione": "that a mail of ours was taken in", "avvenuta-consegna": "that a mail of ours was delivered",
    "presa-in-carico": "that a mail of ours was taken over",
}  # fmt: skip
_LOST = {
    "non-accettazione": "that a mail of ours was not taken in",
    "errore-consegna": "that a mail of ours was not delivered",
    "preavviso-errore-consegna": "that a mail of ours was not delivered yet",
    "rilevazione-virus": "that a virus was found in a mail of ours",
}  # fmt: skip


def is_envelope(mail: Mail) -> bool:
    """A provider's envelope ("POSTA CERTIFICATA: …") around a client's mail, or around one that was not certified."""
    return (mail.header(TRANSPORT) or "").strip().lower() in {"posta-certificata", "errore"}


def receipt(mail: Mail, documents: Iterable[Document]) -> tuple[Kind, str] | None:
    """A receipt is no order, though it may carry the mail that it is about; that of a mail which did not arrive is a
    bounce. Both the header and the provider's data must be there: the header alone anybody may write."""
    told = (mail.header(RECEIPT) or "").strip().lower()
    if not any(document.name.rpartition("/")[2].lower() == _DATA for document in documents):
        return None
    if told in _ARRIVED:
        return Kind.REPORT, f"it is a receipt of certified mail (PEC): it says {_ARRIVED[told]}"
    return (Kind.BOUNCE, f"it is a receipt of certified mail (PEC): it says {_LOST[told]}") if told in _LOST else None
