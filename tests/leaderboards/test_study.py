"""Studies of several seeds: exact pages from numbers small enough to check by eye."""

import pytest

from leaderboards.study import main
from metrics.result import write_result
from tests.leaderboards.boards import L1, PAIRS, contents, of_seed, write_pairs


def test_the_page(study, home):
    assert study() == 0

    assert (home / "ranking.md").read_text() == (
        "# Study: ranking, profile mini\n"
        "\n"
        "Made from `ranking/` by `python -m leaderboards.study ranking`; edits are lost. All "
        "digits are in `ranking.csv`.\n"
        "\n"
        "Claim: **fomm &lt; monkey-net &lt; x2face** in L1, AKD, Flow EPE. It *holds* "
        "where the 95 % interval of the paired difference, pooled over seeds, lies on the side of "
        "the claim; it *does not show* where the interval holds 0. The interval is over videos, "
        "for these seeds; how far the seeds lie apart stands beside it.\n"
        "\n"
        "**1 of 6 claims hold; 1: does not show; 4: cannot be said.**\n"
        "\n"
        "| Claim | taichi-hd-mini |\n"
        "| --- | ---: |\n"
        "| fomm &lt; monkey-net in L1 | holds |\n"
        "| fomm &lt; monkey-net in AKD | cannot be said |\n"
        "| fomm &lt; monkey-net in Flow EPE | cannot be said |\n"
        "| monkey-net &lt; x2face in L1 | does not show |\n"
        "| monkey-net &lt; x2face in AKD | cannot be said |\n"
        "| monkey-net &lt; x2face in Flow EPE | cannot be said |\n"
        "\n"
        "## taichi-hd-mini\n"
        "\n"
        "Split **taichi-hd-mini@v1**, test (list abababababab…): 3 of 3 clips from 2 videos.\n"
        "\n"
        "* fomm &lt; monkey-net in L1: **holds** (−0.1875 [−0.2500, −0.1250]; by seed: 0 better, "
        "1 undecided).\n"
        "* fomm &lt; monkey-net in AKD: **cannot be said** (fomm: no keypoints).\n"
        "* fomm &lt; monkey-net in Flow EPE: **cannot be said** (no paired difference pooled over "
        "seeds).\n"
        "* monkey-net &lt; x2face in L1: **does not show** (−0.0625 [−0.3750, +0.2500]).\n"
        "* monkey-net &lt; x2face in AKD: **cannot be said** (monkey-net: no keypoints).\n"
        "* monkey-net &lt; x2face in Flow EPE: **cannot be said** (no paired difference pooled "
        "over seeds).\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> "
        "| Size<br><sub>parameters; MACs per frame, steps</sub> |\n"
        "| --- | ---: | ---: |\n"
        "| fomm<br><sub>seeds 0, 1</sub> | 0.3750<br><sub>0.2500–0.5000</sub> "
        "| 1.23&nbsp;M<br><sub>98.8&nbsp;k, 600</sub> |\n"
        "| monkey-net<br><sub>seeds 0, 1</sub> | 0.5625<br><sub>0.5000–0.6250</sub> "
        "| 1.23&nbsp;M<br><sub>98.8&nbsp;k, 600</sub> |\n"
        "| x2face<br><sub>seeds 0, 1</sub> | 0.6250<br><sub>0.5000–0.7500</sub> "
        "| 1.23&nbsp;M<br><sub>98.8&nbsp;k, 600</sub> |\n"
        "| *copy-source*<br><sub>anchor</sub> | 1.000 | — |\n"
        "\n"
        "<sub>Mean over seeds; below it smallest–largest, which is no interval; *italics*: "
        "anchors.</sub><br>\n"
        "<sub>No AKD: no keypoints.</sub>\n"
        "\n"
        "### taichi-hd-mini: paired differences, pooled over seeds\n"
        "\n"
        "| Difference | L1&nbsp;↓<br><sub>l1@clip</sub> |\n"
        "| --- | ---: |\n"
        "| fomm − monkey-net<br><sub>pooled</sub> "
        "| −0.1875<br><sub>[−0.2500, −0.1250], better</sub> |\n"
        "| x2face − monkey-net<br><sub>pooled</sub> "
        "| +0.0625<br><sub>[−0.2500, +0.3750], undecided</sub> |\n"
        "\n"
        "<sub>First minus second on the same clips, paired 95 % interval, and whether the first "
        "is better or worse by it.</sub>\n"
        "\n"
        "### taichi-hd-mini: paired differences, by seed\n"
        "\n"
        "| Difference | L1&nbsp;↓<br><sub>l1@clip</sub> |\n"
        "| --- | ---: |\n"
        "| fomm − monkey-net<br><sub>seed 0</sub> "
        "| −0.2500<br><sub>[−0.3750, −0.1250], better</sub> |\n"
        "| fomm − monkey-net<br><sub>seed 1</sub> "
        "| −0.1250<br><sub>[−0.2500, 0], undecided</sub> |\n"
        "\n"
        "<sub>First minus second on the same clips, paired 95 % interval, and whether the first "
        "is better or worse by it.</sub>\n"
    )


def test_the_csv_has_everything(study, home):
    study()
    lines = (home / "ranking.csv").read_text().splitlines()
    lead = "taichi-hd-mini,reconstruction"

    assert lines[0] == (
        "dataset,task,row,method,other,metric,seed,value,lo,hi,clips,videos,verdict,reason"
    )
    assert len(lines) == 1 + 2 * (1 + 3 * 2) + 3 + len(PAIRS) + 6
    for line in (
        "result,copy-source,,l1@clip,,1.0,0.125,1.0,3,2,,",
        "result,fomm,,l1@clip,1,0.5,0.125,1.0,3,2,,",
        "result,fomm,,akd@clean,0,,,,0,0,,no keypoints",
        "mean,fomm,,l1@clip,,0.375,0.25,0.5,,,,",
        "difference,fomm,monkey-net,l1@clip,pooled,-0.1875,-0.25,-0.125,3,2,better,",
        "difference,x2face,monkey-net,l1@clip,pooled,0.0625,-0.25,0.375,3,2,undecided,",
        "claim,fomm,monkey-net,l1@clip,pooled,-0.1875,-0.25,-0.125,3,2,holds,",
        "claim,monkey-net,x2face,l1@clip,pooled,-0.0625,-0.375,0.25,3,2,does not show,",
        "claim,fomm,monkey-net,akd@clean,pooled,,,,,,cannot be said,fomm: no keypoints",
    ):
        assert f"{lead},{line}" in lines


def test_the_study_keeps_its_inputs_and_rebuilds_from_them(study, home, tmp_path, capsys):
    study()
    made = contents(home)

    assert sorted(map(str, made)) == [
        "ranking.csv",
        "ranking.md",
        "ranking/pairs.csv",
        "ranking/results/taichi-hd-copy-source.json",
        *(
            f"ranking/results/taichi-hd-{method}-seed{seed}.json"
            for method in sorted(L1)
            for seed in (0, 1)
        ),
    ]
    kept = home / "ranking" / "results" / "taichi-hd-fomm-seed1.json"
    assert kept.read_bytes() == (tmp_path / "run1" / "taichi-hd-fomm.json").read_bytes()

    assert study("--check") == 0
    again = ["--results", str(kept.parent), "--pairs", str(home / "ranking" / "pairs.csv")]
    assert main(["ranking", *again, "--out", str(home / "ranking.md")]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert contents(home) == made


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("ranking.md", "holds", "held", "ranking.md: line 5 differs"),
        ("ranking.csv", "0.375", "0.376", "ranking.csv: line"),
        ("ranking/pairs.csv", "-0.1875", "-0.1876", "ranking.md: line"),
        ("ranking/pairs.csv", "better", "worse", "pairs.csv, line 2: verdict 'worse', but"),
        ("ranking/pairs.csv", ",0,-0.25", ",0,-0.251", "by -0.251 in the pairs, by -0.25 in the"),
        ("ranking/results/taichi-hd-fomm-seed0.json", "0.125", "0.124", "ranking.csv: line"),
        ("ranking/results/taichi-hd-fomm-seed0.json", "{", "[", "seed0.json: invalid JSON"),
    ],
)
def test_check_names_what_does_not_fit(study, home, capsys, name, old, new, message):
    study()
    path = home / name
    path.write_text(path.read_text().replace(old, new, 1))
    before = contents(home)
    capsys.readouterr()

    assert study("--check") == 1
    assert message in capsys.readouterr().out
    assert contents(home) == before


def test_a_result_that_is_gone_leaves_the_study(study, home, tmp_path):
    study()
    write_pairs(tmp_path / "pairs.csv", PAIRS[:2])
    (tmp_path / "run1" / "taichi-hd-x2face.json").unlink()

    assert study() == 0
    assert not (home / "ranking" / "results" / "taichi-hd-x2face-seed1.json").exists()
    assert "x2face<br><sub>seed 0</sub> | 0.7500 |" in (home / "ranking.md").read_text()
    assert study("--check") == 0


def test_an_ablation_claims_that_full_is_better_than_each_variant(study, tmp_path, capsys):
    for seed in (0, 1):
        for method, name in (("fomm", "full"), ("monkey-net", "plain"), ("x2face", "b")):
            path = tmp_path / f"run{seed}" / f"taichi-hd-{method}.json"
            text = path.read_text().replace(f'"{method}"', f'"{name}"')
            path.with_name(f"taichi-hd-{name}.json").write_text(text)
            path.unlink()
    rows = [("b", "full", "pooled", -0.25, -0.5, -0.125, "better")]
    write_pairs(tmp_path / "pairs.csv", rows)
    page = tmp_path / "studies" / "ablation.md"

    assert study(kind="ablation", out=page) == 0

    text = page.read_text()
    assert "Claim: **full is better than each variant** in L1, AKD, Flow EPE" in text
    assert (
        "* full better than b in L1: **the opposite holds** (+0.2500 [+0.1250, +0.5000])." in text
    )
    assert "* full better than plain in L1: **cannot be said** (no paired" in text
    assert text.index("| full<br>") < text.index("| b<br>") < text.index("| plain<br>")

    for path in tmp_path.glob("run*/taichi-hd-full.json"):
        path.unlink()
    write_pairs(tmp_path / "pairs.csv", [])
    assert study(kind="ablation", out=page) == 2
    assert "needs the method 'full' and a variant, there is b, plain" in capsys.readouterr().err


def test_animations_are_a_group_of_their_own(study, home, tmp_path, result):
    row = of_seed(result, 0, method="fomm", task="animation-relative")
    write_result(tmp_path / "run0" / "animation-relative" / "taichi-hd-fomm.json", row)

    assert study() == 0

    text = (home / "ranking.md").read_text()
    assert "| Claim | taichi-hd-mini | taichi-hd-mini, animation relative |" in text
    assert "## taichi-hd-mini, animation relative\n" in text
    assert "in L1: **cannot be said** (no results of monkey-net)." in text
    kept = home / "ranking" / "results" / "animation-relative" / "taichi-hd-fomm-seed0.json"
    assert kept.is_file()
    assert study("--check") == 0
