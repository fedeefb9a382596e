"""Runs of which folds have failed, in every way and of every task: judged and shown without a crash or a warning."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of, validation_of
from pages import read_page, text
from rich.console import Console

from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.tables.table import comparison_table, markdown_table

pytestmark = pytest.mark.filterwarnings("error")

FOLDS = 5
FAILED = {"all": range(FOLDS), "all but one": range(1, FOLDS), "one": range(1)}
TASKS = ["binary", *(pytest.param(task, marks=pytest.mark.slow) for task in ("multiclass", "regression"))]


def diverged(predictions, fits, history, fold):
    """Its loss was never finite: no epoch is kept, and its outputs are not numbers."""
    predictions.logits[predictions.fold == fold] = np.nan
    fits[fold] = fits[fold]._replace(best_epoch=-1)
    for line in history:
        for name in ("train_loss", "validation_loss"):
            line[name] = [None if key[2] == fold else one for key, one in zip(line["members"], line[name], strict=True)]


def infinite_row(predictions, fits, history, fold):
    """One row of it, a test row, has an infinite output."""
    predictions.logits[np.flatnonzero(predictions.fold == fold)[-1]] = np.inf


def never_kept(predictions, fits, history, fold):
    """It kept no weights, but what it says is finite: untrained weights."""
    fits[fold] = fits[fold]._replace(best_epoch=-1)


WAYS = (diverged, infinite_row, never_kept)


@pytest.fixture
def broken_part(imagine, judged):
    """`broken_part(task, framework, failed, way)` -> what one framework leaves of a study with these failed folds."""

    def make(task, framework, failed, way, **study):
        predictions, fits = imagine(task, folds=FOLDS, **study)
        history = history_of(fits)
        seen = validation_of(predictions, fits)
        for fold in failed:
            way(predictions, fits, history, fold)
            seen.logits[(seen.fold == fold) & (way is diverged)] = np.nan
        told = {"framework": framework, "timing": TIMING, "history": history, "validation": seen}
        return Part(judged(predictions, fits, **told), predictions, history)

    return make


def shown(parts, width=80):
    """Page, text and terminal table."""
    metrics = {name: part.metrics for name, part in parts.items()}
    screen = io.StringIO()
    Console(file=screen, width=width).print(comparison_table(metrics))
    return reports(parts, RECORD) | {"table": screen.getvalue(), "markdown table": markdown_table(metrics)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("failed", FAILED)
@pytest.mark.parametrize("task", TASKS)
def test_failed_folds_have_a_page_and_a_table(broken_part, task, failed, way):
    parts = {
        "lightning": broken_part(task, "lightning", FAILED[failed], way),
        "tensorflow": broken_part(task, "tensorflow", FAILED[failed][:: 1 if failed == "all" else 2], way),
    }
    for part in parts.values():
        json.dumps(part.metrics, allow_nan=False)
    written = shown(parts)
    page = text(read_page(written[HTML]))
    assert "nan" not in page.lower().split()
    assert "failed" in written["table"]
    assert len(parts["lightning"].metrics["failed"]) == len(FAILED[failed])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("failed", [(range(FOLDS), ()), (range(3), range(3, FOLDS)), (range(4), range(1, FOLDS))])
def test_frameworks_that_share_no_finite_fold_have_a_page_and_a_table(broken_part, task, failed):
    names = ("lightning", "tensorflow")
    parts = {name: broken_part(task, name, folds, diverged) for name, folds in zip(names, failed, strict=True)}
    assert "nan" not in shown(parts)[MARKDOWN].lower().split()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("study", [{"tested": 0}, {"rows": 2000}])
def test_where_every_fold_failed_of_a_study_of_another_shape(broken_part, task, study):
    parts = {name: broken_part(task, name, range(FOLDS), diverged, **study) for name in ("lightning", "tensorflow")}
    assert "nan" not in shown(parts)[MARKDOWN].lower().split()


@pytest.mark.parametrize("task", TASKS)
def test_a_split_whose_only_model_failed(imagine, judged, task):
    predictions, fits = imagine(task, folds=1, tested=60)
    history = history_of(fits)
    diverged(predictions, fits, history, 0)
    metrics = judged(predictions, fits, history=history, timing=TIMING)
    assert "nan" not in shown({"lightning": Part(metrics, predictions, history)})[MARKDOWN].lower().split()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("size", [1e19, 1e38])
def test_one_row_far_away_and_all_rows_far_away(imagine, judged, task, size):
    parts = {}
    for name, rows in (("one row", slice(0, 1)), ("all rows", slice(None))):
        predictions, fits = imagine(task, folds=FOLDS)
        predictions.logits[rows] *= np.float32(size) / np.abs(predictions.logits).max()
        if task == "regression":
            target = predictions.target.copy()
            target[rows] = np.float32(size) / 2
            predictions = replace(predictions, target=target)
        metrics = judged(predictions, fits, timing=TIMING, framework=name)
        json.dumps(metrics, allow_nan=False)
        parts[name] = Part(metrics, predictions, history_of(fits))
    assert "nan" not in shown(parts)[MARKDOWN].lower().split()
