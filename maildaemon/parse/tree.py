"""XML elements while an order is read out of them: what was read is ticked off, what is left over is quoted."""

from collections.abc import Iterator, Mapping

from maildaemon.parse.built import Built, joined
from maildaemon.structure import Element

# Elements that hold what somebody wrote, in the words of UBL, CII and cXML.
_TEXTS = frozenset({"Note", "Content", "Comments", "SpecialTerms", "CancellationNote", "Information", "Instructions"})
NO_ATTRIBUTES: Mapping[str, frozenset[str]] = {}


class Tree:
    """A root element and the elements of it that were read."""

    def __init__(self, built: Built, root: Element) -> None:
        self.built, self.root = built, root
        self._seen: set[int] = set()

    def first(self, node: Element | None, *names: str) -> Element | None:
        """The first element at the path (the element itself without one), ticked off without its children."""
        found = (node.first(*names) if names else node) if node is not None else None
        if found is not None:
            self._seen.add(id(found))
        return found

    def text(self, node: Element | None, *names: str) -> str:
        found = self.first(node, *names)
        return found.text if found is not None else ""

    def texts(self, node: Element | None, *names: str) -> list[str]:
        """The text of every element at the path."""
        found = node.all(*names) if node is not None else ()
        self._seen.update(map(id, found))
        return [one.text for one in found if one.text]

    def skip(self, node: Element | None, *names: str) -> None:
        """Every element at the path, with all that is in it, says nothing that changes the order."""
        for found in (node.all(*names) if node is not None else ()) if names else (node,) if node is not None else ():
            self._seen.update(id(one) for one in _below(found))

    def left(self, harmless: frozenset[str], known: Mapping[str, frozenset[str]] = NO_ATTRIBUTES) -> None:
        """Quote what was not read: elements with a text, and attributes of the elements named in ``known`` that are not
        among those known. What ``harmless`` names changes nothing, with all that is in it."""
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.name in harmless:
                continue
            if node.text and id(node) not in self._seen:
                if node.name in _TEXTS:
                    self.built.remark(node, node.text)
                else:
                    self.built.remark(node, f"{called(node)}: {node.text}", "what is not understood")
            elif not node.text and not node.children and node.attributes and id(node) not in self._seen:
                said = joined((f"{key} {value}" for key, value in node.attributes), " ")
                self.built.remark(node, f"{node.name} {said}", "what is not understood")
            allowed = known.get(node.name)
            if allowed is not None:
                for key, value in node.attributes:
                    if key not in allowed and value:
                        self.built.remark(node, f"{node.name} {key}: {value}", "what is not understood")
            if not (id(node) in self._seen and not node.children):
                stack.extend(reversed(node.children))


def called(node: Element) -> str:
    """The element's name, with the name that an attribute gives it."""
    return joined((node.name, node.get("name")), " ")


def _below(node: Element) -> Iterator[Element]:
    yield node
    for child in node.children:
        yield from _below(child)
