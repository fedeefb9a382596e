"""What the networks of a run say together, of a framework that has been told what each says."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, softmax
from small import small

from configs.errors import StudyError
from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.nets.layout import layout_of
from experiment.nets.networks import load_networks
from experiment.nets.predictor import Predictor
from experiment.results.judging import judge, read_metrics
from experiment.results.predicting import ensemble_cut, fold_cut, of_columns, predict_rows
from experiment.run.exit_codes import RunError
from experiment.training.child import train
from experiment.training.fitting import fit_stacks

pytestmark = pytest.mark.needs("lightning")

ROWS = 5
NO_THRESHOLDS = {"thresholds": {}}


def cut_at(chance):
    return {"thresholds": {"rule": "f1", "rules": {"0.5": {"ensemble": 0.5}, "f1": {"ensemble": chance}}}}


def cut_at_log_odds(odds):
    """As `metrics.json` has it: an infinity is null there."""
    metrics = cut_at(float(expit(odds)))
    metrics["thresholds"]["rules"]["f1"]["ensemble_log_odds"] = odds if np.isfinite(odds) else None
    return metrics


@pytest.fixture
def finished(tmp_path, pretend):
    """Of a task, a framework's finished part of a run, and a file with the first rows of its table."""

    def finish(task, *overrides, **failing):
        study, _ = small(f"output.root={tmp_path}", "framework=lightning", *overrides, task=task)
        run = prepare(study, ["train.py"])
        directory = run.framework("lightning")
        train(lambda *parts: fit_stacks(*parts, pretend(**failing)), study, fold_data(study), directory)
        judge(study, directory)
        table = fold_data(study).table
        rows = pl.DataFrame(table.features[:ROWS], schema=list(table.columns))
        rows.insert_column(0, pl.Series("id", range(ROWS))).write_parquet(tmp_path / "new.parquet")
        return directory, tmp_path / "new.parquet", table

    return finish


def predicted(path, networks, metrics, logits):
    """`predict_rows` by a framework whose networks give `logits` `(members, rows, outputs)`."""

    def row_logits(features):
        predicted.asked = features
        assert logits.shape == (networks.members, len(features), networks.outputs)
        return logits.astype(np.float32)

    known = (networks.task, networks.classes, networks.statistics)
    return pl.concat(predict_rows(path, networks, Predictor(row_logits, *known, ensemble_cut(metrics))))


@pytest.mark.parametrize("chance", [0.5, 0.3])
def test_of_two_classes_the_mean_probability_is_compared_with_the_threshold_of_the_run(finished, chance):
    directory, path, table = finished("binary")
    logits = np.random.default_rng(0).normal(size=(3, ROWS, 1))
    found = predicted(path, load_networks(directory), cut_at(chance), logits)
    np.testing.assert_array_equal(predicted.asked, table.features[:ROWS])
    chances = expit(logits[..., 0])
    assert found.columns == ["id", "predicted", "probability_malignant", "spread"]
    np.testing.assert_allclose(found["probability_malignant"], chances.mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["spread"], chances.std(0, ddof=1), rtol=1e-6)
    assert found["predicted"].to_list() == [table.classes[int(one >= chance)] for one in chances.mean(0)]


def test_a_threshold_that_is_1_as_a_probability_still_lies_between_the_rows(finished):
    directory, path, table = finished("binary")
    logits = np.tile(np.array([36, 37, 37.75, 38, 60])[:, None], (3, 1, 1))
    found = predicted(path, load_networks(directory), cut_at_log_odds(37.5), logits)
    assert found["predicted"].to_list() == [table.classes[place] for place in (0, 0, 1, 1, 1)]


@pytest.mark.parametrize("odds", [20.000001, 37.5, -800.0, np.inf, -np.inf])
def test_the_threshold_is_the_one_that_was_chosen_to_the_last_digit(odds):
    assert ensemble_cut(cut_at_log_odds(odds)) == odds


def test_of_many_classes_the_likeliest_is_predicted(finished):
    directory, path, table = finished("multiclass")
    logits = np.random.default_rng(1).normal(size=(3, ROWS, 3))
    found = predicted(path, load_networks(directory), NO_THRESHOLDS, logits)
    chances = softmax(logits, axis=-1)
    best = chances.mean(0).argmax(-1)
    np.testing.assert_allclose(found.select("^probability_.*$").to_numpy(), chances.mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["spread"], chances[:, np.arange(ROWS), best].std(0, ddof=1), rtol=1e-6)
    assert found["predicted"].to_list() == [table.classes[one] for one in best]


def test_a_regression_is_in_the_units_of_the_target(finished):
    directory, path, table = finished("regression")
    logits = np.random.default_rng(2).normal(size=(3, ROWS, 1))
    networks = load_networks(directory)
    found = predicted(path, networks, NO_THRESHOLDS, logits)
    known = networks.statistics
    values = logits[..., 0] * known.target_scale[:, None] + known.target_center[:, None]
    assert table.targets.min() < known.target_center.min() < table.targets.max()
    np.testing.assert_allclose(found["prediction"], values.mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["spread"], values.std(0, ddof=1), rtol=1e-5)


@pytest.mark.parametrize("said", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("task", "outputs"), [("binary", 1), ("multiclass", 3), ("regression", 1)])
def test_rows_of_which_one_network_says_no_finite_number_are_told_and_nothing_is_predicted(
    finished, task, outputs, said
):
    directory, path, _ = finished(task)
    logits = np.zeros((3, ROWS, outputs))
    logits[1, 1, -1] = logits[2, 4, 0] = said
    told = r"new\.parquet: has 2 too extreme rows \(rows 2, 5\), where the output of a network is not finite: correct"
    with pytest.raises(StudyError, match=told):
        predicted(path, load_networks(directory), NO_THRESHOLDS, logits)


def test_a_prediction_that_float32_does_not_hold_is_told(finished):
    directory, path, _ = finished("regression")
    networks, logits = load_networks(directory), np.zeros((3, ROWS, 1))
    assert networks.statistics.target_scale.min() > 10
    logits[:, 2] = 1e38
    with pytest.raises(StudyError, match=r"has 1 too extreme row \(row 3\)"):
        predicted(path, networks, NO_THRESHOLDS, logits)


@pytest.mark.parametrize("failing", ["broken", "dumb"])
def test_a_fold_that_failed_has_no_say(finished, failing):
    directory, path, _ = finished("binary", **{failing: (1,)})
    networks = load_networks(directory)
    assert networks.members == len(networks.weights["output.kernel"]) == 2
    predicted(path, networks, cut_at(0.5), np.zeros((2, ROWS, 1)))


def test_a_single_network_has_no_spread(finished):
    directory, path, _ = finished("binary", "folds.method=split")
    found = predicted(path, load_networks(directory), cut_at(0.5), np.zeros((1, ROWS, 1)))
    assert found["spread"].is_null().all()


def test_a_table_of_nothing_but_inputs_is_enough(finished):
    directory, path, _ = finished("regression")
    pl.read_parquet(path).drop("id").write_parquet(path)
    found = predicted(path, load_networks(directory), NO_THRESHOLDS, np.zeros((3, ROWS, 1)))
    assert found.shape == (ROWS, 2)


def test_a_column_that_is_called_like_a_prediction_is_told(finished):
    directory, path, _ = finished("binary")
    pl.read_parquet(path).rename({"id": "spread"}).write_parquet(path)
    with pytest.raises(StudyError, match="has a column 'spread', which the predictions are called; rename it"):
        predicted(path, load_networks(directory), cut_at(0.5), np.zeros((3, ROWS, 1)))


def test_a_net_that_is_another_by_now_is_told(finished):
    networks = load_networks(finished("binary")[0])
    with pytest.raises(StudyError, match=r"the net 'mlp' is not the one that was trained: .*; put its file back, or"):
        networks.flat(layout_of([("output.weight", (1,))]))
    assert networks.flat(layout_of([("output.kernel", (1,))])).shape == (3, 1)


@pytest.mark.parametrize("content", [b"", b"spoilt", None])
def test_weights_that_are_damaged_or_not_there_are_told(finished, content):
    directory, _, _ = finished("binary")
    directory.weights.unlink()
    if content is not None:
        directory.weights.write_bytes(content)
    told = "is damaged, or of another run: fits.json" if content is not None else "is gone"
    with pytest.raises(
        StudyError, match=rf"weights.safetensors: {told}.*; put the file back, or train the study again"
    ):
        load_networks(directory)
    directory.fits.unlink()
    told = "not a whole file of weights" if content is not None else r"finish it with train\.py --resume"
    with pytest.raises((StudyError, RunError), match=told):
        load_networks(directory)


@pytest.mark.parametrize(("failing", "cause"), [("broken", "its loss was never"), ("dumb", "its outputs are not")])
def test_a_run_of_which_every_fold_failed_is_told(finished, failing, cause):
    directory, _, _ = finished("binary", **{failing: (0, 1, 2)})
    with pytest.raises(RunError, match=f"has no usable network; lightning: all 3 folds failed .*: {cause} finite"):
        load_networks(directory)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_network_of_one_fold_is_that_members_part_of_all(finished, task):
    networks = load_networks(finished(task, "folds.repeats=2")[0])
    assert networks.keys == tuple((0, repeat, fold) for repeat in range(2) for fold in range(3))
    alone = networks.only(fold=1, repeat=1)
    assert (alone.members, alone.keys) == (1, ((0, 1, 1),))
    np.testing.assert_array_equal(alone.weights["output.kernel"], networks.weights["output.kernel"][4:5])
    for name, array in vars(networks.statistics).items():
        np.testing.assert_array_equal(getattr(alone.statistics, name), array[4:5])


def test_a_fold_that_is_not_there_or_has_failed_or_is_not_one_is_told(finished):
    networks = load_networks(finished("binary", "folds.repeats=2", broken=(1,))[0])
    name = networks.study.name
    with pytest.raises(StudyError, match=f"^{name}: fold 7 is not in this run; its folds are 0, 2$"):
        networks.only(7)
    with pytest.raises(StudyError, match=f"^{name}: repeat 1 fold 1 has failed: its loss was never finite.*; take "):
        networks.only(1, repeat=1)
    with pytest.raises(
        StudyError, match=r"fold 2 has 2 networks \(seed=0, repeat=0, fold=2; seed=0, repeat=1, fold=2\)"
    ):
        networks.only(2)


@pytest.mark.parametrize("shape", [(2, 3), (4,), (5, 2, 3)])
def test_rows_with_other_columns_are_a_line_with_those_of_the_training(shape):
    asked = of_columns(lambda rows: rows, ["age", "dose"])
    with pytest.raises(StudyError, match=r"^rows: must be \(rows, 2\), with the columns age, dose; received \("):
        asked(np.zeros(shape))
    assert asked(np.zeros((5, 2))).shape == (5, 2)


def test_one_fold_decides_by_its_own_threshold(finished):
    directory, _, _ = finished("binary", "evaluation.threshold=0.5")
    metrics = read_metrics(directory)
    assert [fold_cut(metrics, key) for key in load_networks(directory).keys] == [0.0] * 3
    chosen = metrics["thresholds"]["rules"][metrics["thresholds"]["rule"]]
    chosen["folds"] = [0.2, 0.7, 0.9]
    assert expit(fold_cut(metrics, (0, 0, 1))) == pytest.approx(0.7)
    assert fold_cut(NO_THRESHOLDS, (0, 0, 1)) == 0.0


def test_the_ensemble_gives_the_mean_probability_and_the_mean_value(finished):
    logits = np.random.default_rng(3).normal(size=(3, ROWS, 1))
    for task, mean in (("binary", expit(logits)), ("regression", logits * 2.0 + 5.0)):
        statistics = load_networks(finished(task)[0]).statistics
        statistics = replace(statistics, target_center=np.full(3, 5.0), target_scale=np.full(3, 2.0))
        if task == "binary":
            statistics = replace(statistics, target_center=np.zeros(3), target_scale=np.ones(3))
        predictor = Predictor(lambda rows: logits, task, ("benign", "malignant"), statistics)
        np.testing.assert_allclose(predictor.probabilities(np.zeros((ROWS, 4))), mean.mean(0), rtol=1e-12)
        assert predictor.predict(np.zeros((ROWS, 4))).height == ROWS
