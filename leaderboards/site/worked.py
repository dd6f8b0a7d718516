"""Worked examples as tables: what is true and what was predicted, one line a frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from leaderboards.facts import WorkedExample

LONGEST = 60
"""Characters of numbers that are shown as they are; more are summed up."""
PARTS = {
    "mask": ("frames", "foreground"),
    "motion": ("flow", "visible"),
    "occlusion": ("flow", "visible"),
}
"""What a metric reads -> what the parts of one of its clips are."""
READ = {"motion": ("flow",), "occlusion": ("visible",)}
"""What a metric reads -> which of those parts it compares; a result has the others all the same."""
_LOST = {"keypoints": "lost", "identity": "not found"}


@dataclass(frozen=True)
class Line:
    """One line of an example: ``clip 1, frame 0`` with both sides; empty: not read."""

    label: str
    truth: str
    prediction: str


def lines(example: WorkedExample, *, needs: str) -> list[Line]:
    """Return ``example`` line by line.

    Args:
        example: Nested numbers per clip.
        needs: What the metric reads, which says how they are nested.
    """
    several = len(example.truth) > 1
    found: list[Line] = []
    for place, (truth, prediction) in enumerate(
        zip(example.truth, example.prediction, strict=True)
    ):
        clip = f"clip {place + 1}, " if several else ""
        for name, true, predicted in _parts(truth, prediction, needs):
            found += _frames(f"{clip}{name}", true, predicted, needs)
    return found


def _parts(truth: Any, prediction: Any, needs: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    names = PARTS.get(needs)
    if names is None:
        yield "", truth, prediction
    elif needs == "mask":  # the prediction has frames alone
        yield f"{names[0]}, ", truth[0], prediction
        yield f"{names[1]}, ", truth[1], []
    else:
        for name, true, predicted in zip(names, truth, prediction, strict=True):
            if name in READ[needs]:
                yield f"{name}, ", true, predicted
            elif name == "visible":  # which pixels count is a matter of the truth alone
                yield f"{name}, ", true, []


def _frames(label: str, truth: Any, prediction: Any, needs: str) -> Iterator[Line]:  # noqa: ANN401
    unit = "picture" if needs == "features" else "frame"
    for place, (true, predicted) in enumerate(zip_longest(truth, prediction)):
        yield Line(f"{label}{unit} {place}", _told(true, needs), _told(predicted, needs))


def _told(node: Any, needs: str) -> str:  # noqa: ANN401
    """Return the numbers of one frame in short."""
    if node is None:
        return ""
    text = told(node, lost=_LOST.get(needs, "none"))
    if len(text) <= LONGEST:
        return text
    numbers = sorted({json.dumps(number) for number in _leaves(node)})
    what = f"all {_number(json.loads(numbers[0]))}" if len(numbers) == 1 else "different numbers"
    return f"{' x '.join(map(str, _shape(node)))} numbers, {what}"


def told(node: Any, *, lost: str) -> str:  # noqa: ANN401
    r"""Return nested numbers as text: points in parentheses, missing ones by a word.

    Example:
        >>> told([[3.0, 4.0], [None, None]], lost="lost"), told([[[0, 0, 0]]], lost="")
        ('(3,\xa04) lost', '(0,\xa00,\xa00)')
    """
    if not isinstance(node, list):
        return lost if node is None else _number(node)
    if any(isinstance(part, list) for part in node):
        return " ".join(told(part, lost=lost) for part in node)
    if node and all(part is None for part in node):
        return lost
    inside = ",\u00a0".join(told(part, lost=lost) for part in node)
    return f"({inside})" if len(node) > 1 else inside


def _number(value: bool | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}".replace("-", "−")


def _leaves(node: Any) -> Iterator[Any]:  # noqa: ANN401
    if isinstance(node, list):
        for part in node:
            yield from _leaves(part)
    else:
        yield node


def _shape(node: Any) -> Sequence[int]:  # noqa: ANN401
    return (len(node), *_shape(node[0])) if isinstance(node, list) and node else ()
