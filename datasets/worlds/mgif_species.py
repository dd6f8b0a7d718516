"""The proportions of the cartoon animals, in canvas pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Species:
    """One kind of four-legged animal, seen from its right side.

    Attributes:
        length: From hip to shoulder.
        radius: Half the height of the trunk of the body.
        belly: How far the belly hangs, in units of ``radius``.
        legs: Lengths of upper and lower leg.
        leg_radii: Half widths at hip, knee and foot.
        hoof: Hooves instead of paws.
        neck: Length, angle above the horizontal in radians, half widths below and above.
        head: Radius of the skull, length, thickness and drop of the muzzle.
        ear: ``"pointed"``, ``"floppy"``, ``"round"``, ``"leaf"`` or ``"sail"``, and its length.
        tail: Length, half widths at root and tip, angles of its segments above the horizontal.
        tuft: Half width of the tuft at the tail's tip; 0 for none.
        mane: ``""``, ``"neck"`` or ``"head"``.
        trunk: Length of the trunk; 0 for none.
        hues: Range of the hue of the coat.
        patterns: The coats that suit it.
    """

    length: float
    radius: float
    belly: float
    legs: tuple[float, float]
    leg_radii: tuple[float, float, float]
    hoof: bool
    neck: tuple[float, float, float, float]
    head: tuple[float, float, float, float]
    ear: tuple[str, float]
    tail: tuple[float, float, float, tuple[float, float, float]]
    tuft: float = 0.0
    mane: str = ""
    trunk: float = 0.0
    hues: tuple[float, float] = (0.03, 0.12)
    patterns: tuple[str, ...] = ("plain", "spots", "patches", "belly")


SPECIES: dict[str, Species] = {
    "dog": Species(
        36, 10.5, 0.8, (13, 14), (5.4, 3.4, 2.9), False, (13, 0.95, 8.0, 6.5),
        (9.5, 8.5, 5.5, 2.0), ("floppy", 13), (22, 3.0, 1.8, (0.7, 1.1, 1.4)),
    ),
    "fox": Species(
        34, 9.0, 0.7, (12, 13), (4.8, 3.0, 2.5), False, (11, 0.85, 7.0, 6.0),
        (9.0, 9.0, 3.5, 2.5), ("pointed", 12), (30, 5.0, 4.0, (0.1, 0.3, 0.5)),
        tuft=5.5, hues=(0.03, 0.08), patterns=("belly", "plain"),
    ),
    "cat": Species(
        34, 9.0, 0.85, (11, 12), (4.8, 3.2, 2.8), False, (9, 0.8, 7.0, 6.5),
        (10.0, 2.6, 4.5, 2.5), ("pointed", 10), (36, 2.6, 2.0, (0.8, 1.4, 1.9)),
        hues=(0.02, 0.14), patterns=("stripes", "patches", "belly", "spots"),
    ),
    "horse": Species(
        40, 12.0, 0.8, (18, 19), (6.4, 3.4, 2.8), True, (25, 1.0, 10.0, 6.0),
        (8.0, 13.0, 6.0, 6.0), ("pointed", 8), (30, 4.0, 5.0, (-0.5, -1.0, -1.25)),
        mane="neck", patterns=("plain", "patches", "spots", "stripes"),
    ),
    "elephant": Species(
        36, 16.5, 0.9, (15, 15), (8.5, 6.6, 6.2), False, (13, 0.45, 12.0, 11.0),
        (13.0, 3.0, 7.0, 6.0), ("sail", 19), (18, 2.0, 1.5, (-0.7, -1.1, -1.3)),
        tuft=2.6, trunk=34, hues=(0.5, 0.75), patterns=("plain", "belly", "spots"),
    ),
    "bear": Species(
        34, 14.0, 0.9, (12.5, 13), (8.0, 5.8, 5.2), False, (11, 0.5, 11.0, 9.0),
        (11.5, 6.0, 6.5, 3.5), ("round", 7), (9, 3.5, 3.0, (0.2, 0.3, 0.4)),
        patterns=("plain", "patches", "belly"),
    ),
    "lion": Species(
        38, 11.0, 0.8, (13, 13), (6.0, 4.0, 3.6), False, (12, 0.8, 8.5, 8.0),
        (10.5, 5.0, 6.0, 3.0), ("round", 7), (32, 2.2, 1.6, (0.2, 0.6, 1.1)),
        tuft=4.2, mane="head", hues=(0.06, 0.12), patterns=("plain", "belly", "stripes"),
    ),
    "cow": Species(
        40, 13.5, 0.9, (14, 16), (6.2, 4.0, 3.2), True, (15, 0.45, 10.5, 8.0),
        (9.0, 9.0, 7.0, 5.0), ("leaf", 10), (26, 2.0, 1.5, (-0.6, -1.2, -1.4)),
        tuft=3.4, patterns=("patches", "patches", "plain"),
    ),
    "giraffe": Species(
        30, 11.0, 0.75, (18, 19), (5.6, 3.0, 2.5), True, (34, 1.12, 9.0, 5.0),
        (7.5, 8.0, 4.5, 3.5), ("leaf", 7), (20, 2.0, 1.4, (-0.8, -1.2, -1.35)),
        tuft=2.8, hues=(0.08, 0.13), patterns=("spots", "patches"),
    ),
    "pig": Species(
        33, 13.0, 0.95, (10.5, 11.5), (6.0, 4.0, 3.2), True, (9, 0.4, 11.0, 9.0),
        (11.0, 5.5, 6.5, 3.0), ("pointed", 9), (13, 1.8, 1.4, (0.5, 1.5, 2.6)),
        hues=(0.93, 1.03), patterns=("plain", "patches", "spots"),
    ),
}  # fmt: skip
