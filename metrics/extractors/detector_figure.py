"""The figure of the detectors' curves: AKD, MKR and AED against three kinds of damage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets.files import replacing
from metrics.extractors.detector_curves import DAMAGES, Row

COLOURS = {
    "mediapipe-pose": "#0072b2",
    "mediapipe-face": "#d55e00",
    "dlib-face68": "#009e73",
    "dlib-faceid": "#9c4f96",
}
LINES = {"taichi": ("-", "o"), "vox": ("--", "s"), "ted": (":", "^")}
FIGURES = {
    "akd": "AKD (pixels at 256)",
    "mkr": "MKR (fraction of true points)",
    "aed": "AED (cosine distance)",
}
LOGARITHMIC_FROM = {"akd": 1.0, "aed": 0.01}
"""The axis is linear up to there: noise floors and breakdowns are 100 times apart."""
AXES = {
    "crf": "H.264, CRF",
    "blur": "Gaussian blur, sigma (pixels at 256)",
    "cover": "subject's box pasted over from below (%)",
}


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the figure of ``rows`` to ``path``, a PNG file, atomically."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9), dpi=100, layout="constrained")
    axes = figure.subplots(len(FIGURES), len(AXES), sharex="col", sharey="row")
    labels: dict[str, Any] = {}
    for down, (name, title) in enumerate(FIGURES.items()):
        for across, damage in enumerate(AXES):
            _panel(axes[down, across], rows, name, damage, labels)
        axes[down, 0].set_ylabel(title)
        _scale(axes[down, 0], name)
    for across, title in enumerate(AXES.values()):
        axes[-1, across].set_xlabel(title)
    figure.align_ylabels(axes[:, 0])
    figure.legend(labels.values(), labels.keys(), loc="outside lower center", ncols=4)
    figure.suptitle("Detectors on real clips: damaged frames against the same frames undamaged")
    with replacing(path) as part:
        figure.savefig(
            part, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True}
        )


def _panel(
    panel: Any,  # noqa: ANN401 - untyped package
    rows: Sequence[Row],
    figure: str,
    damage: str,
    labels: dict[str, Any],
) -> None:
    """Draw the curves of one figure against one damage, and collect their labels."""
    ticks = (0, *DAMAGES[damage])
    places = range(len(ticks)) if damage == "crf" else ticks
    panel.set_xticks(
        list(places), ["as is" if not t and damage == "crf" else f"{t:g}" for t in ticks]
    )
    panel.grid(alpha=0.3)
    for detector, colour in COLOURS.items():
        for footage, (line, marker) in LINES.items():
            own = {
                row.amount: getattr(row, figure)
                for row in rows
                if (row.detector, row.footage) == (detector, footage)
                and row.damage in ("none", damage)
            }
            values = [own.get(tick, float("nan")) for tick in ticks]
            if any(value == value for value in values):
                style = {"color": colour, "linestyle": line, "marker": marker}
                (drawn,) = panel.plot(places, values, markersize=5, fillstyle="none", **style)
                labels.setdefault(f"{detector}, {footage}", drawn)


def _scale(panel: Any, figure: str) -> None:  # noqa: ANN401 - untyped package
    """Scale the vertical axis that the panels of ``figure`` share."""
    start = LOGARITHMIC_FROM.get(figure)
    if start is None:
        panel.set_ylim(-0.04, 1.04)
        return
    panel.set_yscale("symlog", linthresh=start, linscale=0.7)
    top = panel.get_ylim()[1]
    ticks = [0, start / 2, *(start * 10**e * m for e in range(3) for m in (1, 2, 5))]
    shown = [tick for tick in ticks if tick <= top]
    panel.set_yticks(shown, [f"{tick:g}" for tick in shown])
    panel.minorticks_off()
    panel.set_ylim(-0.04 * start, top)
