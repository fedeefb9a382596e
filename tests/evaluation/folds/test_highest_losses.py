import numpy as np
import pytest

from evaluation.folds.highest_losses import worst_rows
from evaluation.judging.row_losses import row_losses


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_worst_rows_are_those_of_the_largest_loss(imagine, judged, task):
    predictions, fits = imagine(task)
    scored = predictions.of_role("scored")
    losses = row_losses(scored.logits, scored.target, task)
    told = judged(predictions, fits)["worst_rows"]
    expected = np.argsort(-losses)[:10]
    assert [one["row"] for one in told] == scored.row[expected].tolist()
    assert [one["fold"] for one in told] == scored.fold[expected].tolist()
    assert [one["loss"] for one in told] == pytest.approx(losses[expected])
    if task != "regression":
        assert [one["probability"] for one in told] == pytest.approx(np.exp(-losses[expected]))
        assert [one["target"] for one in told] == [scored.classes[target] for target in scored.target[expected]]
        assert told[0]["prediction"] != told[0]["target"]


def test_a_row_is_told_once_with_the_member_that_was_most_wrong(imagine):
    scored = imagine(repeats=3)[0].of_role("scored")
    told = worst_rows(scored, np.zeros(len(scored.row)), 50)
    assert len({one["row"] for one in told}) == 50
    losses = row_losses(scored.logits, scored.target, "binary")
    for one in told:
        assert one["loss"] == pytest.approx(losses[scored.row == one["row"]].max())


def test_what_is_called_follows_the_cut(imagine):
    scored = imagine()[0].of_role("scored")
    assert {one["prediction"] for one in worst_rows(scored, np.full(len(scored.row), 99.0), 10)} == {"benign"}


def test_a_plain_split_shows_test_rows_and_a_diverged_fold_nothing(imagine, judged):
    predictions, fits = imagine(folds=1)
    assert {one["row"] for one in judged(predictions, fits)["worst_rows"]} <= set(range(20))
    predictions.logits[:] = np.nan
    assert judged(predictions, fits)["worst_rows"] == []
