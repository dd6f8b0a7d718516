"""A small site, and its pages as a reader meets them: elements with their attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

from leaderboards.card import Card
from leaderboards.facts import read_facts
from leaderboards.gallery import read_gallery
from leaderboards.site import paths, render
from leaderboards.site.model import LossCurve, Page, Site
from leaderboards.site.split_facts import read_splits
from metrics.result import Checkpoint, PairedDifference
from tests.leaderboards.galleries import write_gallery
from tests.leaderboards.scored import scored, section_of

ROOT = Path(__file__).parents[2]
FACTS = read_facts(ROOT / "leaderboards" / "v1" / "metrics.json")
SPLITS = tuple(read_splits(ROOT / "datasets" / "splits" / "v1"))
VOID = {"meta", "link", "img", "br", "input", "hr"}
MADE = Checkpoint("f1" * 32, "e2" * 32, 7, 930_221, 191_266_560, 200)
L1 = {  # method -> L1 of twelve clips, each of a video of its own
    "fomm": [0.25, 0.125] * 6,
    "x2face": [0.5, 0.375] * 6,
    "copy-source": [0.75, 0.625] * 6,
}


@dataclass
class Element:
    """One element of a page: its text is all that is inside of it, spaces joined."""

    tag: str
    attributes: dict[str, str | None]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def __getitem__(self, name: str) -> str | None:
        return self.attributes.get(name)


class Reader(HTMLParser):
    """Collects all elements of a page, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element.pieces.append(data)

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """All elements of ``tag`` whose attributes are those; ``_`` stands for ``-``."""
        named = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        found = (element for element in self.elements if element.tag == tag)
        return [e for e in found if all(e[name] == value for name, value in named.items())]

    def one(self, tag: str, **wanted: str) -> Element:
        (found,) = self.all(tag, **wanted)
        return found

    @property
    def text(self) -> str:
        return self.one("body").text


def card(name: str, **said: object) -> Card:
    """A card of which nothing is known but what is ``said``, which nobody has checked."""
    return Card.model_construct(**({"name": name, "title": name, "kind": "method"} | said))


def media(gallery: Path) -> dict[str, bytes]:
    return {f"{gallery.name}/{p.name}": p.read_bytes() for p in sorted(gallery.glob("*.webp"))}


def measured() -> dict[str, list]:
    """Reconstruction of `L1`; fomm is told from copy-source, and x2face was handed in."""
    pair = {"copy-source": {"l1@clip": PairedDifference(-0.5, -0.5625, -0.4375, 12, 12)}}
    rows = [
        scored("fomm", {"l1@clip": L1["fomm"]}, checkpoint=MADE, paired=pair),
        scored("x2face", {"l1@clip": L1["x2face"]}, status="submitted"),
        scored("copy-source", {"l1@clip": L1["copy-source"]}),
    ]
    return {"reconstruction": [section_of(*rows)]}


def small_site(home: Path | None = None, **changes: object) -> Site:
    """A mini site of one data set; with a gallery if there is a folder to make it in."""
    found = measured()
    rows = [row for parts in found.values() for part in parts for row in part.rows]
    fields: dict[str, object] = {
        "version": "v1",
        "profile": "mini",
        "sections": found,
        "cards": {"fomm": card("fomm", title="First Order Motion Model")},
        "facts": FACTS,
        "splits": SPLITS,
        "data": {
            paths.result_file(row, end): "" for row in rows for end in (".json", ".clips.csv")
        },
        "training": {
            ("taichi-hd", "fomm"): LossCurve(
                (50, 100, 200), {"rate": (1.0, 1.0, 1.0), "l1": (8.0, 4.0, 2.5), "gan": (None,) * 3}
            )
        },
    }
    if home:
        gallery = write_gallery(home)
        fields["galleries"] = {"taichi-hd": read_gallery(gallery / "gallery.json")}
        fields["media"] = media(gallery)
    return Site(**(fields | changes))


def rendered(site: Site, *modules: object) -> dict[str, bytes]:
    """The files of ``site`` with the pages of ``modules`` alone, and an overview in short."""
    overview = Page("index.html", "Overview", "responsible.html.j2")
    makers = [lambda _: [overview], *(module.pages for module in modules)]
    with mock.patch.object(render, "PAGES", makers):
        return render.render_site(site)


def read(site: Site, path: str, *modules: object) -> Reader:
    """One page of `rendered`."""
    return Reader(rendered(site, *modules)[path].decode())
