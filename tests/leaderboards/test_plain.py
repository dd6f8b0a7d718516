"""What text of others may hold, and what it is taken for."""

import pytest

from leaderboards.plain import hidden, is_visible, skeleton, unseen


@pytest.mark.parametrize(
    "text", ["Müller", "Nguy\u0065\u0302\u0303n", "動き", "Моя", "a — b", "½ °"]
)
def test_text_that_shows_what_it_holds(text):
    assert unseen(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\x00", "control character '\\x00'"),
        ("a\u202eb", "control character '\\u202e'"),
        ("a\u200bb", "control character '\\u200b'"),
        ("\u3164", "invisible character '\\u3164'"),
        ("a\u2800b", "invisible character '\\u2800'"),
        ("Z\u0301\u0302\u0303", "more than 2 combining marks"),
    ],
)
def test_text_that_shows_something_else(text, why):
    assert why in unseen(text)
    assert list(hidden({"a": ({"b": text},)})) == [f"a: b: {unseen(text)}"]
    assert list(hidden({text: 1})) == [unseen(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("First Order Motion Model", "first-order_motion.model"),
        ("\u041c\u043enkey-Net", "monkey-net"),
        ("\u03bfr\u03b1cle", "oracle"),
        ("ＦＯＭＭ", "fomm"),
        ("Möñkéy", "monkey"),
        ("X2Face", "x2f\u0430ce"),
        ("FILM", "FlLM"),
        ("0racle", "oracle"),
    ],
)
def test_what_looks_alike_has_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


def test_what_looks_different_has_another():
    names = ["fomm", "fomm2", "fomm+x", "monkey-net", "monkey", "x2face", "модель", "動き"]
    assert len({skeleton(name) for name in names}) == len(names)
    assert [is_visible(text) for text in ("a", "１", "", " ", "—", "\u0301")] == [True] * 2 + [
        False
    ] * 4
