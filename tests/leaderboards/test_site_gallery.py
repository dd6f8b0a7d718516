"""The gallery: every tile where it belongs, in step by one variable, readable without scripts."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboards.gallery import read_gallery
from leaderboards.site import galleries
from tests.leaderboards.galleries import (
    ERROR_MAX,
    FLOW_MAX,
    NO_MAP,
    SCENES,
    SIZE,
    strip,
    write_gallery,
)
from tests.leaderboards.pages import Reader, media, read, rendered, small_site

PAGE = "gallery/taichi-hd-mini.html"
ASSETS = Path(__file__).parents[2] / "leaderboards" / "site" / "assets"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return small_site(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def files(site):
    return rendered(site, galleries)


@pytest.fixture(scope="module")
def page(files):
    return Reader(files[PAGE].decode())


def test_there_is_a_scene_for_each_of_the_gallery_under_its_task(page):
    scenes = page.all("article", class_="scene")
    assert [scene["data-last"] for scene in scenes] == [str(s[-1] - 1) for s in SCENES]
    titles = [h.text for h in page.all("h2") if h["id"] in {s[1] for s in SCENES}]
    assert titles == ["Reconstruction", "Animation, absolute", "Animation, relative"]
    named = {heading["id"]: heading.text for heading in page.all("h3")}
    assert named[scenes[0]["aria-labelledby"]] == "a"
    assert named[scenes[2]["aria-labelledby"]] == "a as b"


def test_clips_of_one_video_are_told_apart_by_their_ids(site):
    gallery = site.galleries["taichi-hd"]
    first, second, *others = gallery.scenes
    again = second.model_copy(update=dict.fromkeys(("source", "driving"), "a#000009#000016"))
    both = gallery.model_copy(update={"scenes": (first, again, *others)})
    page = read(replace(site, galleries={"taichi-hd": both}), PAGE, galleries)
    titles = [h.text for h in page.all("h3")]
    assert titles[:3] == ["a#000001#000008", "a#000009#000016", "a#000001#000008 as b"]
    assert "a#000009#000016: the source picture" in [img["alt"] for img in page.all("img")]


def test_one_slider_goes_over_the_longest_scene(page):
    slider = page.one("input", type="range")
    assert (slider["min"], slider["max"], slider["value"]) == ("1", "8", "3")
    assert page.one("output", for_="frame").text == "3 of 8", "counted as readers count"
    assert page.one("div", id="gallery")["style"] == "--frame: 2", "the middle of the shortest"


def test_every_strip_moves_by_the_variable_and_none_has_another_way(page):
    pictures = page.all("img")
    assert {img["width"] for img in pictures} == {img["height"] for img in pictures} == {str(SIZE)}
    stills = [img for img in pictures if img["class"] == "still"]
    assert len(stills) == len(SCENES), "the source pictures"
    assert not [img for img in pictures if img["style"]], "all have as many frames as their scene"
    styles = [scene["style"] for scene in page.all("article", class_="scene")]
    assert styles == [f"--last: {s[-1] - 1}" for s in SCENES]
    rules = (ASSETS / "gallery.css").read_text(encoding="utf-8")
    (place,) = re.findall(r"object-position: (calc.*?);", rules)
    assert place == "calc(min(var(--frame), var(--last)) / var(--last) * 100%) 0"
    script = (ASSETS / "gallery.js").read_text(encoding="utf-8")
    assert script.count('setProperty("--frame"') == 1


def test_a_strip_of_another_length_says_its_own_last_frame(site):
    gallery = site.galleries["taichi-hd"]
    first, *others = gallery.scenes
    at = next(i for i, tile in enumerate(first.tiles) if tile.kind == "flow")
    tiles = list(first.tiles)
    tiles[at] = tiles[at].model_copy(update={"frames": 7})
    scenes = (first.model_copy(update={"tiles": tuple(tiles)}), *others)
    shorter = {"taichi-hd": gallery.model_copy(update={"scenes": scenes})}
    page = read(replace(site, galleries=shorter), PAGE, galleries)
    assert [img["style"] for img in page.all("img") if img["style"]] == ["--last: 6"]


def test_scales_are_said_as_the_gallery_has_them(page):
    assert f"the lightest colour {ERROR_MAX:g} of the range or more" in page.text
    said = [e.text for e in page.all("span", data_row="flow")]
    assert said == [f"· flow colours saturate at {FLOW_MAX:g} px"] * len(SCENES)


def test_where_motion_is_not_drawn_the_page_says_so(site, page):
    said = "Flow and occlusion are drawn for reconstructions only"
    assert said not in page.text
    gallery = site.galleries["taichi-hd"]
    scenes = []
    for scene in gallery.scenes:
        drawn = [t for t in scene.tiles if t.kind.rpartition("-")[2] not in ("flow", "occlusion")]
        animated = scene.task.startswith("animation")
        scenes.append(scene.model_copy(update={"tiles": tuple(drawn)}) if animated else scene)
    fewer = gallery.model_copy(update={"scenes": tuple(scenes)})
    assert said in read(replace(site, galleries={"taichi-hd": fewer}), PAGE, galleries).text


def test_every_picture_says_what_it_shows_and_its_file_is_there(page, files):
    for img in page.all("img"):
        assert re.match(r"[ab]: ", img["alt"])
        assert img["src"].removeprefix("../") in files
    alts = [img["alt"] for img in page.all("img")]
    assert "a: the prediction of fomm, 8 frames" in alts
    assert "a: the source picture" in alts
    captions = [caption.text for caption in page.all("figcaption")]
    assert captions.count("fomm, error") == len(SCENES)


def test_the_truth_of_a_reconstruction_is_the_driving_clip(page):
    columns = [column["aria-label"] for column in page.all("div", role="group")]
    columns = [name for name in columns if name not in ("Player of all scenes", "What is shown")]
    assert columns[:4] == ["Source", "Driving = truth", "fomm", "x2face"]
    assert columns[8:13] == ["Source", "Driving", "Truth", "fomm", "x2face"]


def test_a_missing_tile_says_why(page):
    missing = [d for d in page.all("div", class_="missing") if d["role"] == "img"]
    assert len(missing) == len(SCENES)
    assert {tile.text for tile in missing} == {NO_MAP}
    assert "x2face estimates" in missing[0]["aria-label"]
    assert missing[0]["aria-label"].endswith(f"missing, {NO_MAP}")


def test_a_strip_that_was_not_copied_is_missing_too(site):
    files = dict(site.media)
    del files["taichi-hd/0-fomm-prediction.webp"]
    page = read(replace(site, media=files), PAGE, galleries)
    assert "the file is missing" in {d.text for d in page.all("div", class_="missing")}


def test_without_scripts_controls_are_hidden_and_a_note_says_what_is_shown(page):
    assert page.one("div", id="player").attributes.keys() >= {"hidden"}
    assert page.one("div", id="settings").attributes.keys() >= {"hidden"}
    assert "Without JavaScript one frame" in page.one("noscript").text


def test_controls_have_names(page):
    names = {button["aria-label"] or button.text for button in page.all("button")}
    assert names >= {"Play", "Previous frame", "Next frame"}
    labels = [label.text for label in page.all("label")]
    for name in ("Frame", "Speed", "Tiles", "Error", "Flow", "Occlusion"):
        assert any(label.startswith(name) for label in labels)


def test_rows_that_no_scene_has_are_not_offered(tmp_path):
    folder = write_gallery(tmp_path, methods=())
    gallery = read_gallery(folder / "gallery.json")
    site = small_site(galleries={"taichi-hd": gallery}, media=media(folder))
    page = read(site, PAGE, galleries)
    assert [box["data-layer"] for box in page.all("input", type="checkbox")] == [
        "flow",
        "occlusion",
    ]


def test_hostile_reasons_and_names_stay_text(tmp_path):
    reason = '<script>alert(1)</script>" onload="x'
    folder = write_gallery(tmp_path, reason=reason)
    gallery = read_gallery(folder / "gallery.json")
    first, *others = gallery.scenes
    hostile = first.model_copy(update=dict.fromkeys(("source", "driving"), "<b>&#x22;"))
    gallery = gallery.model_copy(update={"scenes": (hostile, *others)})
    site = small_site(galleries={"taichi-hd": gallery}, media=media(folder))
    text = rendered(site, galleries)[PAGE].decode()
    page = Reader(text)
    assert "<script>alert" not in text
    assert "<b>&#x22;" in [heading.text for heading in page.all("h3")]
    missing = [d for d in page.all("div", class_="missing") if d["role"] == "img"]
    assert missing[0].text == reason
    assert not [e for e in page.elements if "onload" in e.attributes]


def test_a_data_set_without_scenes_has_no_page(files):
    pages = [name for name in files if name.startswith("gallery/")]
    assert pages == [PAGE]


def test_frames_of_the_test_strips_are_told_apart_by_colour():
    assert strip(5) != strip(8)
    assert strip(5) == strip(5), "the same bytes each time"
