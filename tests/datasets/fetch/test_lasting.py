"""A lasting failure is asked for again when the means of a run are others, and only then."""

import pytest

from datasets.download_config import DownloadConfig
from datasets.fetch.errors import ERRORS
from datasets.fetch.lasting import is_lasting, means
from datasets.fetch.ytdlp import Network

TUBE = DownloadConfig("youtube")
NEVER = {name for name, known in ERRORS.items() if known.retry == "never"}


def mirror(url="http://h.example/{video_id}.mp4"):
    return DownloadConfig("mirror", url=url)


def lasting(kind, config=TUBE, network=None, *, then=TUBE, then_network=None, retry=()):
    """Whether a failure of ``then`` is passed over by a run of ``config``."""
    row = {"status": kind, "source": means(then, then_network or Network(), kind)}
    return is_lasting(row, config, network or Network(), retry=retry)


def test_the_same_means_give_the_same_answer():
    assert {kind for kind in ERRORS if lasting(kind)} == NEVER
    assert not any(lasting(kind, retry=["all"]) for kind in ERRORS)
    assert {kind for kind in NEVER if not lasting(kind, retry=["removed"])} == {"removed"}


def test_cookies_and_a_proxy_open_doors():
    opened = {kind for kind in NEVER if not lasting(kind, network=Network(cookies="# mine"))}
    assert opened == {"age", "login", "members-only", "private", "geo-blocked"}
    opened = {kind for kind in NEVER if not lasting(kind, network=Network(proxy="http://p"))}
    assert opened == {"geo-blocked"}


@pytest.mark.parametrize(("limit", "expected"), [(99, True), (100, True), (101, False)])
@pytest.mark.parametrize("config", [TUBE, mirror()])
def test_a_larger_limit(config, limit, expected):
    before, now = Network(max_bytes=100), Network(max_bytes=limit)
    assert lasting("too-large", config, now, then=config, then_network=before) is expected


def test_another_source_and_another_address_of_a_mirror():
    assert lasting("not-found", mirror(), then=mirror())
    assert not lasting("not-found", mirror("http://other/{video_id}"), then=mirror())
    assert not lasting("not-found", mirror(), then=TUBE)
    assert not lasting("not-found", TUBE, then=mirror())


def test_the_row_holds_no_address():
    url = "http://h.example/{video_id}.mp4?key=secret"
    assert means(mirror(url), Network(), "removed") == "mirror:5bd461e8ed01"
    assert means(mirror(url), Network(max_bytes=5), "too-large").endswith(" max_bytes=5")
