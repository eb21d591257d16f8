"""HTML read back: a tree of elements, and their text as people see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "meta", "col", "link"}


@dataclass
class Element:
    """An element; `parts` are elements and texts in their order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list[Element | str] = field(default_factory=list)

    def all(self, tag: str, class_: str = "") -> list[Element]:
        """All such elements inside it, in their order."""
        return [one for one in self._inside() if one.tag == tag and (not class_ or class_ in one.classes)]

    def one(self, tag: str, class_: str = "") -> Element:
        """The first of them. Raises IndexError."""
        return self.all(tag, class_)[0]

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    def text(self, *without: str) -> str:
        """Its text, but that of elements of the tags `without`."""
        return "".join(
            part if isinstance(part, str) else "" if part.tag in without else part.text(*without)
            for part in self.parts
        ).strip()

    def _inside(self) -> Iterator[Element]:
        for part in self.parts:
            if isinstance(part, Element):
                yield part
                yield from part._inside()


def parse(text: str) -> Element:
    """A document or a part of one. Raises ValueError where an element is not closed."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if len(reader.open) > 1:
        raise ValueError(f"<{reader.open[-1].tag}> is never closed")
    return reader.open[0]


def facts(inside: Element) -> dict[str, str]:
    """The terms of its definition lists, and what they are."""
    terms = zip(inside.all("dt"), inside.all("dd"), strict=True)
    return {term.text(): shown.text() for term, shown in terms}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open[-1].tag:
            raise ValueError(f"</{tag}> closes <{self.open[-1].tag}>")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)
