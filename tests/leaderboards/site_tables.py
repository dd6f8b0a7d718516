"""Tables of a page as rows of cells, with the end tags that HTML lets one leave out."""

from __future__ import annotations

from tests.leaderboards.pages import Element, Reader

CLOSES = {
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"td", "th", "tr"},
    "tbody": {"td", "th", "tr", "thead", "tbody"},
    "li": {"li"},
}


class Tables(Reader):
    """A page whose tables can be asked by their caption."""

    def __init__(self, page: str) -> None:
        self.tables: list[list[list[Element]]] = []
        self.captions: list[Element] = []
        self.ids: dict[int, Element] = {}
        super().__init__(page)

    def handle_starttag(self, tag, attrs):
        while self.open and self.open[-1].tag in CLOSES.get(tag, ()):
            self.open.pop()
        super().handle_starttag(tag, attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "caption":
            self.captions.append(self.elements[-1])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append(self.elements[-1])
        elif tag == "code":
            self.ids |= {id(one): self.elements[-1] for one in self.open if one.tag == "th"}

    def handle_endtag(self, tag):
        if tag in [element.tag for element in self.open]:
            super().handle_endtag(tag)

    def table(self, caption: str) -> dict[str, list[str]]:
        """Id, else first word, of each row -> texts of its cells; of the header: ``""``."""
        place = [element.text for element in self.captions].index(caption)
        head, *rows = self.tables[place]
        found = {"": [cell.text for cell in head]}
        for row in rows:
            name = next(self.ids.get(id(cell), cell).text for cell in row if cell.tag == "th")
            found[name.split()[0]] = [cell.text for cell in row]
        return found
