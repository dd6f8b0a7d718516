"""One cell end to end on a small world, with fake extractors."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import metrics.cell
import metrics.tools
from datasets.clips import write_clip
from datasets.frozen import SplitError
from datasets.registry import UsageError
from datasets.splits import pixels_sha256
from datasets.truth import flow_to_first, load_truth
from metrics import METRICS, MINI_BOARD
from metrics.cell import Cell, evaluate
from metrics.clip_score import ClipScore, together
from metrics.config import EvaluateConfig
from metrics.figures import Bootstrap, Sums, figures
from metrics.predictions import RefusedError
from metrics.reference import copy_source, still_motion
from metrics.result import dumps, read_clips, read_result, write_clips, write_result
from metrics.setting import Setting
from metrics.tools import Tools

CONFIG = EvaluateConfig(bootstrap=200, fd_stride=2, threads=1)


@pytest.fixture
def run(world, tools, monkeypatch):
    monkeypatch.setattr(metrics.cell, "load_tools", lambda dataset, profile, config: tools)

    def score(folder, *, dataset="taichi-hd", cache=None, notice=print, **allowed):
        cell = Cell(dataset, "mini", world[0], folder, **allowed)
        return evaluate(cell, CONFIG, cache=cache, notice=notice)

    return score


@pytest.fixture
def exact_motion(world):
    def motion(clip_id, frames):
        flow, visible = flow_to_first(load_truth(world[0] / "test" / f"{clip_id}.truth.npz"))
        return flow, visible.astype(np.float16)

    return motion


def still(clip_id, frames):
    return still_motion(frames.shape[:3])


def noisy(clips, strength=40):
    rng = np.random.Generator(np.random.PCG64(1))
    return {
        name: np.clip(frames + rng.integers(-strength, strength, frames.shape), 0, 255).astype(
            np.uint8
        )
        for name, frames in clips.items()
    }


def test_the_oracle_is_perfect(world, predict, run, exact_motion, perfect):
    result, _ = run(predict("oracle", world[1], motion=exact_motion))
    for name in MINI_BOARD:
        metric = result.metrics[name]
        assert metric.value == perfect(name), name
        if name != "fd-efflite0":
            assert metric.lo == metric.hi == metric.value
        assert (metric.value is None) <= bool(metric.reason)
    assert result.metrics["fid"].reason == "weights not found"
    l1 = result.paired["copy-source"]["l1@clip"]
    assert l1.lo < l1.hi < 0


def test_the_reference_is_what_the_anchor_scores(world, predict, run, perfect):
    copied = {name: copy_source(frames) for name, frames in world[1].items()}
    result, scores = run(predict("copy-source", copied, motion=still))
    for name, difference in result.paired["copy-source"].items():
        assert (difference.difference, difference.lo, difference.hi) == (0, 0, 0), name
    assert set(result.paired["copy-source"]) == {
        name
        for name in MINI_BOARD
        if perfect(name) is not None and METRICS[name].partial and METRICS[name].referred
    }
    other, other_scores = run(predict("noisy", noisy(copied), motion=still))
    for row, other_row in zip(scores.rows, other_scores.rows, strict=True):
        assert row.values["flow-epe"] == other_row.values["flow-epe"]
    assert other.metrics["l1@clip"].value > result.metrics["l1@clip"].value


def test_the_values_are_those_of_the_registry(world, predict, run, exact_motion):
    """What eval writes is ``METRICS[...].score`` of the same arrays."""
    blurred = noisy(world[1])
    result, scores = run(predict("noisy", blurred, motion=still))
    names = sorted(world[1])
    truth, prediction = [world[1][n] for n in names], [blurred[n] for n in names]
    masks = [load_truth(world[0] / "test" / f"{n}.truth.npz").part_map > 0 for n in names]
    value = {n: result.metrics[n].value for n in MINI_BOARD}
    assert value["l1@clip"] == METRICS["l1@clip"].score(truth, prediction)
    assert value["l1@paper"] == METRICS["l1@paper"].score(truth, prediction)
    with_masks = list(zip(truth, masks, strict=True))
    assert value["l1-foreground"] == METRICS["l1-foreground"].score(with_masks, prediction)
    motion = [exact_motion(n, None) for n in names]
    none = [still(n, f) for n, f in zip(names, truth, strict=True)]
    assert value["flow-epe"] == METRICS["flow-epe"].score(motion, none)
    assert value["occlusion-iou"] == METRICS["occlusion-iou"].score(motion, none)
    mean = np.mean([row.values["l1@clip"] for row in scores.rows])
    assert value["l1@clip"] == pytest.approx(mean, rel=1e-14)


def test_keypoints_are_scored_at_256(world, predict, run, tools):
    moved = {name: np.roll(frames, 1, axis=2) for name, frames in world[1].items()}
    result, _ = run(predict("moved", moved))
    assert result.metrics["akd@clean"].value == pytest.approx(256 / 16)


def test_what_is_not_detected_is_counted(world, predict, run):
    dark = {name: frames.copy() for name, frames in world[1].items()}
    for frames in list(dark.values())[:2]:
        frames[3:] = 0
    result, _ = run(predict("dark", dark))
    assert result.metrics["mkr@clean"].value == pytest.approx(2 * 0.5 / 7)
    assert "6 of 42 frames without (no detection)" in result.metrics["aed@clean"].reason
    assert "6 of 42 frames without (no common detection)" in result.metrics["akd@clean"].reason
    assert result.metrics["akd@clean"].value == 0


def test_nothing_detected_is_null_with_a_reason(world, predict, run):
    result, _ = run(predict("black", {name: frames * 0 for name, frames in world[1].items()}))
    assert result.metrics["akd@clean"].value is None
    assert "no common detection" in result.metrics["akd@clean"].reason
    assert result.metrics["mkr@clean"].value == 1
    assert "akd@clean" not in result.paired["copy-source"]


def test_animals_have_no_keypoints(world, predict, monkeypatch, tools):
    monkeypatch.setattr("metrics.tools._efflite", lambda device: tools.extractors["efflite0"])
    cell = Cell("mgif", "mini", world[0], predict("oracle", world[1]))
    result, _ = evaluate(cell, CONFIG, cache=None)
    assert result.metrics["akd@clean"].reason == "does not apply to this subject (animal)"
    assert result.metrics["aed@clean"].reason == "does not apply to this subject (animal)"
    assert result.metrics["l1@clip"].value == 0
    assert result.metrics["fd-efflite0"].value == 0


def test_no_motion_files(world, predict, run):
    result, _ = run(predict("plain", world[1]))
    assert result.metrics["flow-epe"].value is None
    assert result.metrics["flow-epe"].reason == "motion files for 0 of 7 clips"


def test_motion_for_some_clips_only_is_not_averaged(world, predict, run):
    folder = predict("partly", world[1], motion=still)
    next(iter(sorted(folder.glob("*.npz")))).unlink()
    result, _ = run(folder)
    assert result.metrics["flow-epe"].reason == "motion files for 6 of 7 clips"
    assert "flow-epe" not in result.paired["copy-source"]


def test_a_flow_of_nan_is_refused_by_clip(world, predict, run):
    def nan(clip_id, frames):
        flow, seen = still(clip_id, frames)
        return flow * np.nan, seen

    with pytest.raises(RefusedError, match=r"v0#000000#000009: the predicted flow has NaN"):
        run(predict("nan", world[1], motion=nan))


def test_real_clips_have_no_exact_truth(world, predict, run):
    for path in (world[0] / "test").glob("*.truth.npz"):
        path.unlink()
    result, _ = run(predict("oracle", world[1], motion=still))
    for name in ("l1-foreground", "flow-epe", "occlusion-iou"):
        assert result.metrics[name].reason == "needs the exact truth of a mini world"
    assert result.metrics["l1@clip"].value == 0


def test_coverage_names_what_failed_and_what_is_missing(world, crop_failed, predict, run):
    names = sorted(world[1])
    folder = predict("partial", {name: world[1][name] for name in names[1:]})
    result, _ = run(folder, allow_missing=True)
    assert (result.coverage.expected, result.coverage.scored) == (8, 6)
    assert result.coverage.missing == ("gone#000000#000009", names[0])


def test_clips_without_truth_are_refused_unless_allowed(world, crop_failed, predict, run):
    folder = predict("mine", world[1])
    with pytest.raises(RefusedError, match=rf"7 of 8 (?s:.)*no truth \(1\): (?s:.)*{crop_failed}"):
        run(folder)
    assert run(folder, allow_missing=True)[0].coverage.missing == (crop_failed,)


@pytest.fixture
def frozen(world, monkeypatch, tmp_path):
    """Freeze a list: the clips of the world, changed as told."""

    def freeze(*more, end=6, size="16", pixels=None, without=()):
        names = sorted({*world[1], *more} - set(without))
        rows = [SimpleNamespace(clip_id=n, start=0, end=end, fps=25.0, whole=False) for n in names]
        part = SimpleNamespace(
            rows=rows, sha256="ab" * 32, id="taichi-hd-mini@v1", parameters={"size": size}
        )
        split = SimpleNamespace(of=lambda partition: part)
        table = tmp_path / "pixels.csv"
        lines = [f"{n},{digest}" for n, digest in (pixels or {}).items()]
        table.write_text("\n".join(["clip_id,pixels_sha256", *lines, ""]))
        monkeypatch.setattr("metrics.clip_list.read_split", lambda dataset, profile: split)
        monkeypatch.setattr("metrics.clip_list.split_files", lambda d, p: (table, table, table))

    return freeze


def test_a_frozen_split_says_what_is_expected(world, crop_failed, predict, run, frozen):
    frozen(crop_failed, "never#000000#000009")
    folder = predict("mine", world[1])
    with pytest.raises(RefusedError, match="never#000000#000009"):
        run(folder)
    result, _ = run(folder, allow_missing=True)
    assert (result.split.id, result.split.sha256) == ("taichi-hd-mini@v1", "ab" * 32)
    assert (result.coverage.expected, result.coverage.scored) == (9, 7)
    assert result.coverage.missing == ("gone#000000#000009", "never#000000#000009")


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"without": ("v2#000002#000011",)}, "v2#000002#000011: not in the list"),
        ({"size": "64"}, "16x16 pixels, frozen: 64x64"),
        ({"end": 7}, "6 frames, frozen: 7"),
    ],
)
def test_clips_of_another_list_get_no_citable_id(world, predict, run, frozen, change, remark):
    frozen(**change)
    notes = []
    result, _ = run(predict("mine", world[1]), notice=notes.append)
    assert result.split.id == "taichi-hd-mini@unfrozen"
    assert remark in "\n".join(notes)


def test_other_pixels_are_reported(world, predict, run, frozen):
    notes = []
    right = {n: pixels_sha256(world[0] / "test" / f"{n}.mkv") for n in world[1]}
    frozen(pixels=right)
    result, _ = run(predict("mine", world[1]), notice=notes.append)
    assert (result.split.id, notes) == ("taichi-hd-mini@v1", [])
    frozen(pixels=right | {"v2#000002#000011": "00"})
    result, _ = run(predict("again", world[1]), notice=notes.append)
    assert result.split.id == "taichi-hd-mini@v1"
    assert "pixels differ" in notes[0] and notes[0].endswith(
        "1 of 7 true clips, as they may on another processor: v2#000002#000011"
    )


def test_a_damaged_frozen_list_is_no_unfrozen_one(world, predict, run, frozen, monkeypatch):
    frozen()

    def damaged(dataset, profile):
        raise SplitError("taichi-hd-mini.toml: cannot be read")

    monkeypatch.setattr("metrics.clip_list.read_split", damaged)
    with pytest.raises(SplitError, match="cannot be read"):
        run(predict("mine", world[1]))


def test_losing_the_worst_joint_wins_nothing(world, predict, run, tools):
    """A second joint far off in the prediction, then the same with that joint not found."""

    class Marked:
        name, domain, sha256, version, licence = "marked", "test", "3" * 64, "1", "MIT"

        def __call__(self, frames):
            rows = np.zeros((len(frames), 2, 2))
            rows[:, 1, 0] = frames[:, 0, 0, 0] / 10
            rows[frames[:, 0, 0, 0] == 255, 1] = np.nan
            return rows

    tools.extractors["keypoints"] = Marked()

    def corner(values):
        changed = {name: frames.copy() for name, frames in world[1].items()}
        for number, frames in enumerate(changed.values()):
            frames[:, 0, 0, 0] = values(number)
        return changed

    for path_name, frames in corner(lambda n: [0, 40, 40, 40, 40, 40]).items():
        write_clip(world[0] / "test" / f"{path_name}.mkv", frames)
    far, _ = run(predict("far", corner(lambda n: [0] + [140 + n] * 5)))
    lost, _ = run(predict("lost", corner(lambda n: [0] + [255] * 5)))
    assert far.paired["copy-source"]["akd@clean"].difference > 0
    assert lost.metrics["akd@clean"].value == 0
    assert lost.paired["copy-source"]["akd@clean"].difference == 0
    assert lost.paired["copy-source"]["mkr@clean"].difference > 0


def test_no_occlusion_counts_alike_for_every_method():
    flow, seen = still(None, np.zeros((2, 4, 4, 3)))
    all_seen = (flow, seen > 0.5)
    assert METRICS["occlusion-iou"].score([all_seen], [(flow, seen)]) == 1
    assert METRICS["occlusion-iou"].score([all_seen], [(flow, seen * 0)]) == 0


def test_the_seed_of_a_training_is_no_part_of_the_protocol(world, predict, run):
    result, _ = run(predict("mine", world[1]))
    assert result.protocol == {"bootstrap": 200, "bootstrap_seed": 0, "fd_stride": 2}


def test_the_files_are_the_same_each_time(world, predict, run, tmp_path):
    folder = predict("noisy", noisy(world[1]), motion=still)
    texts = []
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        result, scores = run(folder, cache=cache)
        write_clips(tmp_path / "a.csv", scores.rows, list(result.metrics))
        texts.append((dumps(result), (tmp_path / "a.csv").read_text()))
    assert texts[0] == texts[1] == texts[2]


def test_the_result_survives_writing(world, predict, run, tmp_path):
    result, scores = run(predict("noisy", noisy(world[1])))
    write_result(tmp_path / "r.json", result)
    assert read_result(tmp_path / "r.json") == result
    write_clips(tmp_path / "r.csv", scores.rows, MINI_BOARD)
    again = read_clips(tmp_path / "r.csv")
    assert [r.values["l1@clip"] for r in again] == [r.values["l1@clip"] for r in scores.rows]


def test_truth_is_extracted_once(world, predict, run, tools, tmp_path):
    keypoints = tools.extractors["keypoints"]
    run(predict("one", noisy(world[1])), cache=tmp_path / "cache")
    assert keypoints.frames == 7 * (6 + 6)  # truth, its frame 0 the reference too; prediction
    keypoints.frames = 0
    run(predict("oracle", world[1]), cache=tmp_path / "cache")
    copied = {name: copy_source(frames) for name, frames in world[1].items()}
    run(predict("copied", copied), cache=tmp_path / "cache")
    assert keypoints.frames == 0


def test_whose_predictions_they_are(world, predict, run):
    result, _ = run(predict("mine", world[1]))
    assert (result.method, result.status) == ("mine", "anchor")
    result, _ = run(predict("theirs", world[1], method=False))
    assert (result.method, result.status) == ("theirs", "submitted")
    result, _ = run(predict("named", world[1], method=False), method="other")
    assert result.method == "other"


def test_a_bad_method_file_is_named(world, predict, run):
    folder = predict("bad", world[1])
    (folder / "method.json").write_text(json.dumps({"method": "x", "status": "best"}))
    with pytest.raises(UsageError, match=r"method\.json: missing key 'checkpoint'"):
        run(folder)


def test_submitted_predictions_claim_nothing(world, predict, run):
    folder = predict("mine", world[1])
    result, _ = run(folder, submitted=True)
    assert (result.method, result.status, result.checkpoint) == ("mine", "submitted", None)
    assert run(folder, submitted=True, method="other")[0].method == "other"


@pytest.mark.parametrize("name", ["../../escaped", "", "a b"])
def test_a_method_name_that_is_none_is_refused_before_scoring(world, predict, run, name):
    folder = predict("mine", world[1])
    (folder / "method.json").write_text(
        json.dumps({"method": name, "status": "anchor", "checkpoint": None})
    )
    with pytest.raises(UsageError, match=r"is no method name .*pass --method"):
        run(folder)


@pytest.mark.parametrize("text", ["[" * 100_000, "\xff", "{"])
def test_a_method_file_that_is_no_json(world, predict, run, text):
    folder = predict("mine", world[1])
    (folder / "method.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"method\.json: invalid JSON"):
        run(folder)


def test_changed_weights_stop_the_evaluation(monkeypatch):
    def changed(dataset):
        raise UsageError("taichi-hd.safetensors: has sha256 0")

    monkeypatch.setattr("metrics.extractors.mini.keypoint_extractor", changed)
    monkeypatch.setattr("torch.set_num_threads", lambda threads: None)
    with pytest.raises(UsageError, match="has sha256"):
        metrics.tools.load_tools("taichi-hd", "mini", config=CONFIG)


def test_the_nets_run_with_the_threads_that_the_cache_says(monkeypatch):
    set_to = []
    monkeypatch.setattr("torch.set_num_threads", set_to.append)
    metrics.tools.load_tools("mgif", "mini", config=EvaluateConfig(threads=3))
    assert set_to == [3]


@pytest.mark.parametrize("name", ["bootstrap", "fd_stride", "threads", "workers", "bootstrap_seed"])
def test_config_refuses_nonsense(name):
    with pytest.raises(UsageError, match=name):
        EvaluateConfig(**{name: -1})


def test_frames_without_true_keypoints_are_said_to_be(world, predict, run):
    for clip_id, frames in world[1].items():
        write_clip(
            world[0] / "test" / f"{clip_id}.mkv", np.concatenate([frames[:4] * 0, frames[4:]])
        )
    result, _ = run(predict("mine", world[1]))
    assert result.metrics["mkr@clean"].reason == "28 of 42 frames without (none in truth)"


def test_a_difference_weighs_the_frames_that_both_have():
    """One clip of six where the reference was found in 1 of 10 frames, off by 10 pixels there."""
    sums = Sums()
    metric = METRICS["akd@paper"]
    for n in range(6):
        shape = (10, 1, 2)
        truth, seen, still = np.zeros(shape), np.full(shape, 0.0), np.zeros(shape)
        if n == 0:
            still[1:] = np.nan
            seen[:] = 10.0
        clip = SimpleNamespace(clip_id=f"c{n}", video_id=f"v{n}", frames=10)
        pair = together(metric, metric.partial, truth, [seen, still])
        own = metric.partial(truth, seen)
        sums.add(ClipScore(clip, None, {metric.id: own}, {metric.id: pair}))
    tools = Tools({"keypoints@paper": None}, {})
    scores = figures(sums, Setting(tools, "body"), bootstrap=Bootstrap(100))
    assert scores.metrics[metric.id].value == pytest.approx(10 * 10 / 60)
    assert scores.paired["copy-source"][metric.id].difference == pytest.approx(10 * 1 / 51)


def test_a_nan_embedding_is_said_and_compared_with_nothing():
    sums, metric = Sums(), METRICS["aed@paper"]
    for n in range(6):
        truth = np.full((2, 3), np.nan if n == 4 else 1.0)
        clip = SimpleNamespace(clip_id=f"c{n}", video_id=f"v{n}", frames=2)
        own = metric.partial(truth, truth)
        sums.add(ClipScore(clip, None, {metric.id: own}, {metric.id: [own, own]}))
    scores = figures(sums, Setting(Tools({}, {}), "body"), bootstrap=Bootstrap(100))
    assert scores.metrics[metric.id].value is None
    assert scores.metrics[metric.id].reason == "not a number on c4"
    assert metric.id not in scores.paired["copy-source"]


def test_frames_too_small_for_one_metric_lose_no_other():
    setting = Setting(Tools({}, {}), "body", side=8)
    assert setting.why_not(METRICS["ssim"]) == "frames of 8 pixels; it takes 11"
    assert METRICS["l1@clip"] in setting.usable()
    assert METRICS["ssim"] not in setting.usable()
