"""`evaluation.metrics` names what is computed beyond the default metrics, and all that is shown."""

import numpy as np
import pytest

from configs.sections.evaluation import Evaluation
from evaluation.comparing.candidate import Candidate
from evaluation.comparing.comparison import compare
from evaluation.intervals.resampled import resampled_metrics
from evaluation.judging.catalogue import METRICS
from reporting.tables.table import markdown_table

CHOSEN = {
    "binary": ("matthews_correlation", "auroc"),
    "multiclass": ("weighted_f1", "top_k_accuracy(k=3)", "top_k_accuracy", "f1"),
    "regression": ("median_absolute_error", "rmse"),
}


@pytest.mark.parametrize("task", list(CHOSEN))
def test_named_metrics_are_computed_everywhere_and_the_tables_show_them_alone(task, imagine, judged):
    predictions, fits = imagine(task, folds=5)
    usual, chosen = judged(predictions, fits), judged(predictions, fits, settings=Evaluation(metrics=CHOSEN[task]))
    assert "shown_metrics" not in usual
    for place in ("scored", "out_of_fold"):
        assert {name: chosen[place][name] for name in METRICS[task]} == {
            name: usual[place][name] for name in METRICS[task]
        }
    first = CHOSEN[task][0]
    interval = chosen["out_of_fold"]["intervals"][first]
    assert interval["low"] < chosen["out_of_fold"][first] < interval["high"]
    assert chosen["scored"][first]["mean"] == pytest.approx(np.mean([one["scored"][first] for one in chosen["folds"]]))
    rows = [line.split(" | ")[0].removeprefix("| ") for line in markdown_table({"lightning": chosen}).splitlines()]
    assert [row for row in rows if row in (*METRICS[task], *CHOSEN[task])] == [*CHOSEN[task]] * 3


def test_a_comparison_is_of_the_metrics_that_the_runs_show(imagine, judged):
    predictions, fits = imagine("binary")
    chosen = judged(predictions, fits, settings=Evaluation(metrics=CHOSEN["binary"]))
    pair = [Candidate(name, chosen, predictions.of_role("scored")) for name in ("a", "b")]
    assert [one["metric"] for one in compare(pair)["comparisons"]] == [*CHOSEN["binary"]]
    assert [one["metric"] for one in compare(pair, ["f1"])["comparisons"]] == ["f1"]
    with pytest.raises(ValueError, match="--metric mape: is not measured"):
        compare(pair, ["mape"])


def test_the_general_way_of_a_resample_is_the_function_on_the_drawn_rows():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, 40)
    logits, counts = rng.normal(size=(40, 1)) + targets[:, None], rng.multinomial(40, [1 / 40] * 40, size=3)
    values = resampled_metrics(logits, targets, "binary", names=["matthews_correlation"])(counts.astype(np.int32))
    drawn = [np.repeat(np.arange(40), one) for one in counts]
    expected = [np.corrcoef(targets[rows], logits[rows, 0] >= 0)[0, 1] for rows in drawn]
    np.testing.assert_allclose(values["matthews_correlation"], expected, rtol=1e-12)
