"""Structured messages as they stand in a document: segments or elements with their places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of an EDI message. ``elements`` without the tag, each by its components, release characters undone;
    ``number`` counts from 1 in its document, ``text`` is the segment as it stands there."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    number: int
    text: str = ""

    def get(self, element: int, component: int = 1) -> str:
        """The component of the element, both counted from 1 as the standards do; empty where there is none."""
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component - 1].strip()


@dataclass(frozen=True, slots=True)
class Element:
    """One XML element by its local name. ``text`` is its own, blanks joined; ``path`` tells its place for people."""

    name: str
    path: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The attribute, without its namespace."""
        return next((value for key, value in self.attributes if key == name), default)

    def all(self, *names: str) -> tuple["Element", ...]:
        """The elements at the end of the path of names below this one, each step every one of that name."""
        found: tuple[Element, ...] = (self,)
        for name in names:
            found = tuple(child for one in found for child in one.children if child.name == name)
        return found

    def first(self, *names: str) -> "Element | None":
        """The first of :meth:`all`."""
        return next(iter(self.all(*names)), None)

    def find(self, name: str) -> "Element | None":
        """The first element of that name at any depth, in the order of the document."""
        if self.name == name:
            return self
        return next((found for child in self.children if (found := child.find(name)) is not None), None)


@dataclass(frozen=True, slots=True)
class Message:
    """One structured message: what it is by its own form (``X12``, ``EDIFACT``, ``cXML``, ``UBL``, ``CII``; ``850``,
    ``ORDERS``, ``OrderRequest``…), and its segments or its root element. ``doubts``: what is wrong with the form."""

    form: str
    name: str
    segments: tuple[Segment, ...] = ()
    root: Element | None = None
    sender: tuple[str, ...] = ()
    """By which identifiers its sender goes: of the interchange, the group, the party."""
    doubts: tuple[str, ...] = ()
