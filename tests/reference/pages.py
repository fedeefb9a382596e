"""A page as a tree, for tests that look at what it says; what is not well formed raises AssertionError."""

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Builds the tree; every element that is not void has to be closed, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder, self.open = TreeBuilder(), []
        self.declared = ""

    def handle_decl(self, declaration: str) -> None:
        self.declared = declaration

    def handle_starttag(self, tag: str, attributes: list) -> None:
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"<{tag}> says {names}"
        self.builder.start(tag, {name: value or "" for name, value in attributes})
        self.open.append(tag)
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> at {self.getpos()} closes <{self.open[-1]}>"
        self.builder.end(self.open.pop())

    def handle_data(self, data: str) -> None:
        if self.open:
            self.builder.data(data)


def read_page(html: str) -> Element:
    """The root of a whole page."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.declared.lower() == "doctype html"
    assert not reader.open, f"never closed: {reader.open}"
    return reader.builder.close()


def text(element: Element) -> str:
    """All of its words, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def tables(page: Element) -> dict[str, dict[str, list[str]]]:
    """Caption -> heading of each row -> the words of its cells."""
    return {
        text(table.find("caption")): {text(row[0]): [text(cell) for cell in row[1:]] for row in table.find("tbody")}
        for table in page.iter("table")
    }
