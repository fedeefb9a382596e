"""What both frameworks share is shown once, with the largest difference; what they do not, side by side."""

from dataclasses import replace

import numpy as np
import pytest
from imagined import history_of

from reporting.board import tags
from reporting.page.alike import figure_gap
from reporting.page.blocks import Grid
from reporting.page.drawn import TITLES, drawings
from reporting.page.part import BOTH, Part, once
from reporting.page.sections.thresholds import worst_rows


@pytest.fixture
def pair(imagine, judged):
    """`pair(scale, **study)` -> parts of two frameworks; the logits of the second are `scale` times the first's."""

    def make(scale=1.0, shift=0.0, later=0, **study):
        parts = {}
        for number, name in enumerate(("lightning", "tensorflow")):
            predictions, fits = imagine(**study)
            factor = np.float32(scale if number else 1)
            predictions = replace(predictions, logits=predictions.logits * factor)
            fits = [fit._replace(best_epoch=fit.best_epoch + later * number) for fit in fits]
            history = [line | {"train_loss": [loss + shift * number for loss in line["train_loss"]]}
                       for line in history_of([fit._replace(best_epoch=10) for fit in fits])]  # fmt: skip
            metrics = judged(predictions, fits, framework=name, history=history)
            parts[name] = Part(metrics, predictions, history)
        return parts

    return make


def shown_of(parts, tag):
    [drawing] = drawings(parts)[tag]
    return list(drawing.svgs), drawing.note


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_frameworks_that_agree_have_one_figure_each_and_it_says_how_far_they_are_apart(pair, task):
    parts = pair(scale=1.0001, task=task)
    for tag, drawn in drawings(parts).items():
        for drawing in drawn:
            assert list(drawing.svgs) == [BOTH], tag
            assert f"Both frameworks; {figure_gap(tag, parts).told()}." in drawing.note


def test_frameworks_that_do_not_agree_have_their_figures_side_by_side(pair):
    parts = pair(scale=0.5)
    assert shown_of(parts, tags.ROC)[0] == [BOTH]  # of the ranks alone
    for tag in (tags.CALIBRATION, tags.SCORES, tags.FOLDS):
        assert shown_of(parts, tag)[0] == ["lightning", "tensorflow"], tag
        assert not figure_gap(tag, parts).small


@pytest.mark.parametrize(
    ("shift", "later", "same"), [(0.0, 0, True), (0.001, 0, True), (0.1, 0, False), (0.0, 1, False)]
)
def test_training_curves_are_the_same_only_with_equal_losses_and_best_epochs(pair, shift, later, same):
    names, note = shown_of(pair(shift=shift, later=later), tags.LEARNING_CURVES)
    assert (names == [BOTH]) == same
    assert ("Both frameworks; " in note) == same


def test_a_fold_that_has_failed_in_one_framework_alone_keeps_the_figures_apart(pair):
    parts = pair()
    parts["tensorflow"].metrics["failed"] = [{"seed": 0, "repeat": 0, "fold": 1, "reason": "it diverged"}]
    assert all(figure_gap(tag, parts) is None for tag in TITLES)


def test_a_table_is_printed_once_exactly_where_every_cell_is_the_same(pair):
    same, other = (once(pair(scale=scale), worst_rows)[0].blocks for scale in (1.0, 0.9))
    assert [grid.caption for grid in same] == [f"Highest-loss samples, {BOTH}"]
    assert [grid.caption for grid in other] == [f"Highest-loss samples, {name}" for name in ("lightning", "tensorflow")]
    assert all(isinstance(grid, Grid) for grid in (*same, *other))


def test_the_only_framework_has_its_own_name(pair):
    parts = {"tensorflow": pair()["tensorflow"]}
    assert list(drawings(parts)[tags.ROC][0].svgs) == ["tensorflow"]
    assert [grid.caption for grid in once(parts, worst_rows)[0].blocks] == ["Highest-loss samples, tensorflow"]
