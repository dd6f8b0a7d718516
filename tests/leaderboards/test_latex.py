"""``table.tex`` is LaTeX: checked by a small grammar, since no TeX is needed to run the tests."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboards.latex import table_tex
from leaderboards.latex_text import bold, escape, number
from tests.leaderboards.scored import scored, section_of

MACROS = {
    "addlinespace",
    "begin",
    "bottomrule",
    "caption",
    "centering",
    "downarrow",
    "end",
    "footnotesize",
    "infty",
    "label",
    "mathbf",
    "midrule",
    "par",
    "smallskip",
    "textasciicircum",
    "textasciigrave",
    "textasciitilde",
    "textbackslash",
    "textbar",
    "textbf",
    "textgreater",
    "textit",
    "textless",
    "textsuperscript",
    "texttt",
    "times",
    "tiny",
    "toprule",
    "uparrow",
}
RNG = np.random.Generator(np.random.PCG64(6))


def grammar(text):
    """Fail unless ``text`` could be typeset: braces, mathematics, macros, environments, cells."""
    assert text.isascii()
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    plain = re.sub(r"\\[\\{}$&#_%,]", "", body)
    assert set(re.findall(r"\\([A-Za-z]+)", plain)) <= MACROS
    assert not re.search(r"\\[^A-Za-z]", plain)
    depth = 0
    for char in plain:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0, "a brace is closed that was not opened"
    assert depth == 0
    assert plain.count("$") % 2 == 0
    outside = re.sub(r"\$[^$]*\$", "", plain)
    assert not re.search(r"[#%_^~]", outside)
    assert re.findall(r"\\begin\{([^}]*)\}", body) == re.findall(r"\\end\{([^}]*)\}", body)[
        ::-1
    ] or (
        body.count("\\begin{table*}") == body.count("\\end{table*}")
        and body.count("\\begin{tabular}") == body.count("\\end{tabular}")
    )
    for tabular in re.findall(r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}", body, re.S):
        columns, rows = tabular
        for row in rows.split("\\\\\n"):
            cells = re.sub(r"\\&", "", row)
            if "&" in cells:
                assert cells.count("&") == len(columns) - 1
            assert not row.lstrip().startswith(("[", "*"))


def section(*names, **changes):
    hard = RNG.exponential(size=24) / 10 + 0.1
    made = [
        scored(
            name,
            {
                "l1@clip": (hard + place / 10).tolist(),
                "akd@clean": (20 * hard + place).tolist(),
                "occlusion-iou": [None] * 24 if place else (hard / 9).tolist(),
            },
            **changes,
        )
        for place, name in enumerate(names)
    ]
    return section_of(*made)


def tex(*groups):
    return table_tex(groups, version="v1", profile="mini")


def test_a_table_has_everything_that_a_paper_needs():
    made = tex(section("fomm", "monkey-net", "oracle"))

    grammar(made)
    assert r"\usepackage{booktabs}" in made.splitlines()[1]
    assert r"\toprule" in made
    assert (
        r"Rank & Method & L1 $\downarrow$ & AKD $\downarrow$ & Occlusion IoU $\uparrow$ \\" in made
    )
    assert re.search(r"^1 & fomm & \$\\mathbf\{0\.\d+\}\$ & ", made, re.M)
    assert r"2 & monkey-{}net & " in made
    assert r"-- & \textit{oracle} & " in made
    assert r"\texttt{taichi-{}hd-{}mini@v1}, test (list \texttt{abababababababab})" in made
    assert f"% sha256 of the list: {'ab' * 32}" in made
    assert "24 of 24 clips from 24 videos." in made
    assert r"\textsuperscript{a} undefined on every clip." in made
    assert "Units: L1: units; AKD: units; Occlusion IoU: units." in made
    assert r"\textit{Italics}: anchors, not ranked." in made
    assert re.search(r"\{\\tiny \{\[\}\$0\.\d+\$, \$0\.\d+\$\]\}", made)


def test_one_table_per_data_set():
    made = tex(section("fomm"), section("fomm", dataset="mgif"))

    grammar(made)
    assert made.count(r"\begin{tabular}") == 2
    assert r"\label{tab:mgif-mini}" in made
    assert "mathbf" not in made


def test_nothing_yet_is_a_comment():
    grammar(tex())
    assert "% No reproduced rows yet." in tex()


HOSTILE = [
    r"\input{/etc/passwd}",
    "a_b^c~d#e%f&g$h{i}j",
    "}\\end{tabular}",
    "[1ex] *",
    "--- ``x'' ''",
    "é ü ∞ 漢 ‮ \x00 \n\\\\",
    "% comment",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_in_its_cell(name):
    group = section("a", name)
    made = tex(group)

    grammar(made)
    assert made.count(r"\begin{tabular}") == 1
    assert "input{" not in made.replace(r"\input this", "").replace(r"input\{", "")


@given(st.text(max_size=200))
def test_any_text_is_escaped(text):
    grammar(escape(text))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_any_number_is_mathematics(value):
    grammar(number(value) + bold(number(value)))


def test_reasons_are_footnotes_and_rows_apart_are_counted():
    group = section_of(
        scored("a", {"l1@clip": [0.1] * 24, "akd@clean": [None, *[2.0] * 23]}),
        scored("odd", {"l1@clip": [0.2] * 24}, protocol={"fd_stride": 1}),
        scored("copy-source", {"l1@clip": [0.3] * 24, "akd@clean": [float(i) for i in range(24)]}),
    )
    made = tex(group)

    grammar(made)
    assert r"\textsuperscript{a} no value on 1 of 24 clips." in made
    assert "left out here: 1." in made
