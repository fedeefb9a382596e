"""What stands above the numbers of a run: failed and outlier folds, extreme rows, the baseline; one line if healthy."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from imagined import CLASSES, RECORD, TIMING, history_of
from pages import read_page, text
from rich.console import Console

from configs.sections.evaluation import Evaluation
from evaluation.folds.dominant import dominant_rows
from evaluation.predictions import Predictions
from evaluation.verdicts.status import LEVELS, shared_status
from reporting.fold_summary import FOLD_WORDS
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.tables.status_table import status_table


def told(metrics, *levels):
    """Level, subject and text of every item, of these levels."""
    return [(item["level"], item["about"], item["text"]) for item in metrics["status"] if item["level"] in levels]


def printed(metrics, width=80):
    screen = io.StringIO()
    Console(file=screen, width=width).print(status_table(metrics))
    return screen.getvalue()


def broken(predictions, folds):
    mine = np.isin(predictions.fold, folds)[:, None]
    return replace(predictions, logits=np.where(mine, np.float32(np.nan), predictions.logits))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_healthy_study_has_one_line(imagine, judged, task):
    predictions, fits = imagine(task, folds=10, rows=800)
    if task == "regression":
        predictions = replace(predictions, logits=predictions.logits / 2)
    metrics = judged(predictions, fits)
    assert told(metrics, *LEVELS) == [
        ("ok", "folds", "all 10 folds trained, no outlier fold, better than the baseline, good fit")
    ]
    assert metrics["status"] == json.loads(json.dumps(metrics["status"]))


def test_failed_folds_are_named_with_their_reason_and_cure(imagine, judged):
    predictions, fits = imagine(folds=5, rows=400)
    fits[1] = fits[1]._replace(best_epoch=-1)
    metrics = judged(broken(predictions, [1, 3]), fits)
    rows = "its outputs are not finite for 96 rows, the first of which is row 0 (counted from 0)"
    rate = "lower optimizer.learning_rate, or set optimizer.clip_norm=1"
    assert [(item["text"], item["cure"]) for item in metrics["status"] if item["level"] == "failed"] == [
        ("2 of 5 folds failed (fold_01 and fold_03)", ""),
        ("fold_01: its loss was never finite", rate),
        (f"fold_03: {rows}", "look at their inputs"),
    ]
    assert ("note", "outlier folds", "outlier folds are not looked for: there are fewer than 5 folds with finite "
            "predictions") in told(metrics, "note")  # fmt: skip
    assert FOLD_WORDS["outlier folds"](metrics) == "not tested"
    assert FOLD_WORDS["fit"](metrics) == "doubtful"
    assert told(metrics, "ok") == []


def test_the_worst_stands_first_whatever_the_order(imagine, judged):
    predictions, fits = imagine(folds=5, rows=400)
    metrics = judged(broken(predictions, [1]), fits, settings=Evaluation(threshold="f1"), warnings=["a column leaks"])
    levels = [LEVELS.index(item["level"]) for item in metrics["status"]]
    assert levels == sorted(levels)
    assert ("warning", "data", "a column leaks") in told(metrics, "warning")


def test_a_threshold_other_than_one_half_is_said(imagine, judged):
    run = imagine(folds=10, rows=800)
    metrics = judged(*run, settings=Evaluation(threshold=0.4))
    assert told(metrics, "note") == [("note", "threshold", "decisions are at the threshold 0.400, and not at 0.5")]
    assert told(metrics, "ok")
    assert not told(judged(*run), "note")


def test_chance_is_not_better_than_the_baseline_and_no_good_fit(imagine, judged):
    for task in ("binary", "multiclass", "regression"):
        predictions, fits = imagine(task, folds=5, rows=400)
        predictions = replace(predictions, logits=np.random.default_rng(0).permutation(predictions.logits))
        metrics = judged(predictions, fits)
        assert any("not better than the baseline in " in said[2] for said in told(metrics, "warning")), task
        assert (metrics["diagnosis"]["verdict"], metrics["diagnosis"]["curves"]) == ("doubtful", "good fit")
        assert "nothing has to change" not in " ".join(metrics["diagnosis"]["advice"])


def test_an_interval_that_contains_the_baseline_is_said_with_its_ends(imagine, judged):
    predictions, fits = imagine(folds=5, rows=120, tested=20)
    rng = np.random.default_rng(0)
    weak = (0.4 * predictions.logits + rng.normal(size=predictions.logits.shape)).astype(np.float32)
    metrics = judged(replace(predictions, logits=weak), fits)
    (said,) = [one for _, about, one in told(metrics, "warning") if "out of fold: the 95 % interval" in one]
    for metric, name in (("auroc", "AUROC"), ("accuracy", "accuracy")):
        ends, least = metrics["out_of_fold"]["intervals"][metric], metrics["baseline"]["out_of_fold"][metric]
        expected = f"{name} ({ends['low']:.3f} to {ends['high']:.3f}, baseline {least:.3f})"
        assert (expected in said) == (ends["low"] <= least < metrics["out_of_fold"][metric])
    assert metrics["diagnosis"]["verdict"] == "doubtful"


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_class_that_is_hardly_predicted_is_named(imagine, judged, task):
    predictions, fits = imagine(task, folds=5, rows=400)
    predictions.logits[:, -1] -= 4
    metrics = judged(predictions, fits)
    (said,) = [item for item in metrics["status"] if item["about"] == "recall"]
    judged_rows = metrics["out_of_fold"] if task == "binary" else metrics["out_of_fold"]["per_class"][CLASSES[task][-1]]
    assert said["text"].endswith(f"hardly ever predicted: '{CLASSES[task][-1]}' (recall {judged_rows['recall']:.3f})")
    assert said["cure"].startswith("evaluation.threshold=f1" if task == "binary" else "")
    assert metrics["diagnosis"]["verdict"] == "doubtful"


def one_row_of(predictions, size, count=1):
    """The same with `count` scored rows of fold 2 that are wrong by `size`."""
    places = np.flatnonzero((predictions.fold == 2) & (predictions.role == "scored"))[:count]
    logits = predictions.logits.copy()
    if predictions.task == "multiclass":
        logits[places, (predictions.target[places] + 1) % 3] = size
    else:
        logits[places, 0] = size * (1 - 2 * (predictions.target[places] > 0))
    return replace(predictions, logits=logits), predictions.row[places]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("size", [1e3, 1e38])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_row_far_away_makes_its_fold_an_outlier_and_is_named(imagine, judged, task, size, count):
    predictions, rows = one_row_of((study := imagine(task, folds=8, rows=400))[0], size, count)
    metrics = judged(predictions, study[1])
    assert {one["row"] for one in metrics["dominant_rows"]} == set(rows.tolist())
    assert sum(one["share"] for one in metrics["dominant_rows"]) == pytest.approx(1.0, abs=0.3)
    assert {one["fold"] for one in metrics["outliers"]} == {2}
    assert "loss" in {one["metric"] for one in metrics["outliers"]}
    (said,) = [one for _, about, one in told(metrics, "warning") if about == "extreme rows"]
    assert all(f"row {row} of fold_02" in said for row in rows)
    assert metrics["diagnosis"]["verdict"] == "doubtful"


@pytest.mark.parametrize("apart", [1.0, 3.5, 8.0])
def test_in_a_healthy_study_no_row_is_extreme(apart):
    """Of 200 studies each; near a perfect AUROC a few rows make most of the loss, and that is no fault."""
    rng, found = np.random.default_rng(3), 0
    target = (np.arange(300) % 3 == 0).astype(np.int32)
    keys = [np.zeros(300, np.int64)] * 3
    for _ in range(200):
        logits = (apart * rng.normal(size=300) + (2 * target - 1) * apart**2 / 2)[:, None].astype(np.float32)
        row, role = np.arange(300, dtype=np.int32), np.full(300, "scored")
        scored = Predictions(row, *keys, role, target, logits, CLASSES["binary"], "binary")
        found += len(dominant_rows(scored, 0.64)) > 0
    assert found == 0


def test_errors_of_heavy_tails_are_not_extreme():
    rng, found = np.random.default_rng(3), 0
    keys, row = [np.zeros(300, np.int64)] * 3, np.arange(300, dtype=np.int32)
    for _ in range(200):
        target = rng.normal(size=300).astype(np.float32)
        logits = (target + rng.standard_t(4, size=300))[:, None].astype(np.float32)
        scored = Predictions(row, *keys, np.full(300, "scored"), target, logits, (), "regression")
        found += len(dominant_rows(scored, 1.0)) > 0
    assert found <= 2


def test_folds_that_disagree_on_the_fit_are_counted(imagine, judged):
    predictions, fits = imagine(folds=5, rows=400)
    history = history_of(fits)
    for line in history:  # the training loss of two folds falls far below that of validation
        losses = zip(line["members"], line["train_loss"], strict=True)
        line["train_loss"] = [loss / 10 if key[2] < 2 else loss for key, loss in losses]
    metrics = judged(predictions, fits, history=history)
    counts = metrics["diagnosis"]["evidence"]["folds"]
    assert (counts["overfit"], counts["good fit"]) == (2, 3)
    said = "the folds disagree on the fit: good fit in 3 and overfit in 2 of 5 folds"
    assert ("warning", "fit", said) in told(metrics, "warning")
    assert metrics["diagnosis"]["verdict"] == "doubtful"


def test_what_both_frameworks_say_is_said_once(imagine, judged):
    predictions, fits = imagine(folds=5, rows=400)
    both = {"lightning": judged(broken(predictions, [1]), fits), "tensorflow": judged(predictions, fits)}
    items = shared_status(both)
    assert items[0].text.startswith("lightning: 1 of 5 folds failed (fold_01)")
    assert items[-1].text.startswith("tensorflow: all 5 folds trained")
    assert shared_status({"lightning": both["lightning"], "tensorflow": both["lightning"]})[0].text.startswith("1 of 5")


def test_a_run_of_version_0_1_says_that_it_has_none(imagine, judged):
    metrics = judged(*imagine(folds=5))
    del metrics["status"], metrics["outliers_untested"], metrics["dominant_rows"]
    (item,) = shared_status({"lightning": metrics})
    assert (item.level, item.cure) == ("note", "scripts/evaluate.py RUN")
    assert "no status" in printed({"lightning": metrics})


def test_page_and_text_and_terminal_say_it_before_any_number(imagine, judged):
    predictions, fits = imagine(folds=5, rows=400)
    spoilt = broken(predictions, [0, 1, 2, 4])
    metrics = judged(spoilt, fits, timing=TIMING, warnings=["column 'a|b' tells <all>"])
    written = reports({"lightning": Part(metrics, spoilt, history_of(fits))}, RECORD)
    page = text(read_page(written[HTML]).find(".//main"))
    markdown, screen = written[MARKDOWN].replace("\\", ""), " ".join(printed({"lightning": metrics}).split())
    for item in metrics["status"]:
        assert item["text"] in page
        assert item["text"] in markdown
        assert item["text"] in screen
        assert item.get("cure", "") in screen
    assert page.startswith("In short failed 4 of 5 folds failed (fold_00, fold_01, fold_02 and fold_04)")
    assert markdown.index("* **failed** 4 of 5 folds failed") < markdown.index("AUROC")
    assert "no fold is" not in page
    assert "good fit in 1" in page


@pytest.mark.parametrize("width", [40, 80])
def test_a_status_is_never_cut_and_never_wider_than_the_terminal(imagine, judged, width):
    predictions, fits = imagine(folds=20, rows=400)
    metrics = {"lightning": judged(broken(predictions, list(range(19))), fits, warnings=["x" * 200])}
    screen = printed(metrics, width)
    assert max(map(len, screen.splitlines())) <= width
    assert screen.count("x") == sum(item["text"].count("x") for item in metrics["lightning"]["status"])
    assert "fold_09 and 9 more" in " ".join(screen.split())
