"""XML documents: bytes → the message that they hold, and nothing that a DTD, an entity or a link could bring in."""

import re

from lxml import etree

from maildaemon.read.messages import CII, UBL
from maildaemon.structure import Element, Message

ELEMENTS = 100_000
DEPTH = 60
TEXT = 4096
_LONG_TAG = re.compile(rb"<[A-Za-z_][^<>]{65536}")
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = ("urn:un:unece:uncefact:data:", "urn:ferd:CrossIndustryDocument:")
# Of cXML's head: which shared secret opens the sender's door is nobody's business.
_SECRET = frozenset({"SharedSecret", "DigitalSignature", "CredentialMac", "EmbeddedDocumentBinaryObject",
                     "BinaryObject", "IncludedBinaryObject", "Signature", "UBLExtensions"})  # fmt: skip


# Around every order of that form: it tells no place.
_ENVELOPES = frozenset(
    {"cXML", "Request", "OrderRequest", "SupplyChainTradeTransaction", "SCRDMCCBDACIOMessageStructure"}
)


class BadXml(Exception):  # noqa: N818
    """``str()`` says in plain words why it is not read."""


def message(data: bytes) -> Message | None:
    """The business message in the document, None for XML that is none. Raises BadXml."""
    root = _tree(data)
    name = etree.QName(root).localname
    namespace = etree.QName(root).namespace or ""
    if name == "StandardBusinessDocument":
        inner = next(
            (child for child in root if _is_element(child) and _local(child) != "StandardBusinessDocumentHeader"), None
        )
        if inner is None:
            return None
        root, name, namespace = inner, _local(inner), etree.QName(inner).namespace or ""
    if name == "cXML":
        return _cxml(root)
    if namespace.startswith(_UBL) or (name in UBL and "ubl" in namespace.lower()):
        return _made("UBL", name, root)
    if name in CII or namespace.startswith(_CII):
        return _made("CII", name, root)
    return None


def _tree(data: bytes) -> "etree._Element":
    """The root element, read with nothing resolved, loaded or fetched (reference: libraries, section 6)."""
    if _LONG_TAG.search(data):
        # The time for one element grows with the square of its attributes.
        raise BadXml("one of its tags is longer than 64 KiB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data.lstrip(b" \t\r\n"), parser)
    except etree.XMLSyntaxError as error:
        if "entit" in str(error).lower():
            raise BadXml("it declares entities of its own, which no order needs") from None
        raise BadXml(f"it is no XML that can be read: damaged or cut off at line {error.lineno or 1}") from None
    except (ValueError, LookupError):
        raise BadXml("it is no XML that can be read: its encoding is not known") from None
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(dtd.iterentities(), None) is not None:
        raise BadXml("it declares entities of its own, which no order needs")
    depth = count = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > DEPTH:
            raise BadXml(f"it is nested more than {DEPTH} deep")
        if count > ELEMENTS:
            raise BadXml(f"it has more than {ELEMENTS} elements")
        if event == "start" and not isinstance(node.tag, str):
            raise BadXml("it uses entities, which no order needs")
    return root


def _is_element(node: "etree._Element") -> bool:
    return isinstance(node.tag, str)


def _local(node: "etree._Element") -> str:
    return str(etree.QName(node).localname)


def _element(node: "etree._Element", path: str, number: int = 0) -> Element:
    """By local names. ``path`` counts brothers of one name: ``Order/OrderLine 2/LineItem/Quantity``."""
    name = _local(node)[:100]
    here = path if name in _ENVELOPES else f"{path}/{name}" if path else name
    here = f"{here} {number}" if number else here
    children = [child for child in node if _is_element(child)] if name not in _SECRET else []
    names = [_local(child) for child in children]
    many = {one for one in names if names.count(one) > 1} if len(names) < 200 else set(names)
    counts: dict[str, int] = {}
    made = []
    for child, called in zip(children, names, strict=True):
        counts[called] = counts.get(called, 0) + 1
        made.append(_element(child, here, counts[called] if called in many else 0))
    own = "".join([node.text or "", *(child.tail or "" for child in node)]) if name not in _SECRET else ""
    attributes = tuple((etree.QName(key).localname, " ".join(value.split())[:TEXT]) for key, value in node.items())
    text = " ".join(own.split())
    return Element(name, here, text[:TEXT], attributes, tuple(made))


def _made(form: str, name: str, node: "etree._Element", doubts: tuple[str, ...] = ()) -> Message:
    root = _element(node, "")
    return Message(form, name[:60], root=root, sender=tuple(_parties(form, root)), doubts=doubts)


def _parties(form: str, root: Element) -> list[str]:
    """The identifiers of whose order it is."""
    wanted = {"UBL": ("BuyerCustomerParty",), "CII": ("BuyerTradeParty",)}[form]
    found: list[str] = []

    def walk(node: Element, *, inside: bool, depth: int) -> None:
        inside = inside or node.name in wanted
        if inside and node.text and node.name in {"EndpointID", "ID", "GlobalID", "URIID", "CompanyID"} and depth < 8:
            found.append(node.text[:100])
        for child in node.children[:200]:
            walk(child, inside=inside, depth=depth + 1)

    walk(root, inside=False, depth=0)
    return list(dict.fromkeys(found))[:20]


def _cxml(node: "etree._Element") -> Message | None:
    """The request or message inside the envelope. An order's ``type`` says what is to be done with it."""
    root = _element(node, "")
    if root.children and not any(child.name in {"Request", "Message", "Response"} for child in root.children):
        return None
    body = next((child for child in root.children if child.name in {"Request", "Message", "Response"}), None)
    inner = (
        next((child for child in body.children if child.name not in {"Status", "Extrinsic"}), None) if body else None
    )
    if body is None:
        return None
    name = inner.name if inner is not None else body.name
    doubts: list[str] = []
    mode = dict(body.attributes).get("deploymentMode", "")
    if mode and mode.casefold() != "production":
        doubts.append(f"it is a test (deploymentMode = {mode[:30]})")
    sender = [
        identity.text[:100]
        for head in root.children if head.name == "Header"
        for party in head.children if party.name in {"From", "Sender"}
        for credential in party.children if credential.name == "Credential"
        for identity in credential.children if identity.name == "Identity" and identity.text
    ]  # fmt: skip
    return Message("cXML", name[:60], root=root, sender=tuple(dict.fromkeys(sender)), doubts=tuple(doubts))
