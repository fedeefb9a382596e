"""Predictions of a model that was trained elsewhere become a learner of a run, or are refused in one line."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from baseline_runs import baseline_run
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from configs.errors import StudyError
from datamodules.reading.loading import load_table
from evaluation.predictions import read_predictions
from experiment.conduct import conduct
from experiment.results.comparing.candidates import find_results, load_candidates, networks_of
from experiment.results.importing import import_predictions
from experiment.results.judging import read_metrics
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import DONE, RunError, code_of
from experiment.run.files.digests import verify
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import learners_of

TASKS = ("binary", "multiclass", "regression")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return {task: baseline_run(tmp_path_factory.mktemp(task), task=task) for task in TASKS}


def predicted_by_hand(run: RunDirectory, roles=(2, 3, 4)) -> pl.DataFrame:
    """What a stranger to this house does with `folds.npz` and the table: scikit-learn, fold by fold."""
    study = run.load_study()
    table, folds, parts = load_table(study.data), np.load(run.folds), []
    x = table.features.astype(np.float64)
    for (seed, repeat, fold, _), role in zip(folds["members"].tolist(), folds["roles"], strict=True):
        train, rows = role == 1, np.flatnonzero(np.isin(role, roles))
        model = Ridge() if table.task == "regression" else LogisticRegression(max_iter=2000)
        pipeline = make_pipeline(StandardScaler(), model).fit(x[train], table.targets[train])
        columns = {"row": rows, "fold": np.full(len(rows), fold), "repeat": np.full(len(rows), repeat)}
        columns["seed"] = np.full(len(rows), seed)
        if table.task == "regression":
            columns["prediction"] = pipeline.predict(x[rows])
        elif table.task == "binary":
            columns["probability"] = pipeline.predict_proba(x[rows])[:, 1]
        else:
            columns |= dict(zip(table.classes, pipeline.predict_proba(x[rows]).T, strict=True))
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def imported(run: RunDirectory, tmp_path: Path, frame: pl.DataFrame, name="mine", suffix=".csv", **given):
    file = tmp_path / f"predictions{suffix}"
    frame.write_parquet(file) if suffix == ".parquet" else frame.write_csv(file)
    return import_predictions(run, name, file, **given)


def refused(run: RunDirectory, tmp_path: Path, frame: pl.DataFrame, **given) -> str:
    before = sorted(path.name for path in run.root.iterdir())
    with pytest.raises((StudyError, RunError)) as error:
        imported(run, tmp_path, frame, **given)
    assert code_of(error.value) == 2
    assert sorted(path.name for path in run.root.iterdir()) == before
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("task", TASKS)
def test_a_model_trained_by_hand_on_the_same_folds_is_the_baseline_of_the_same_name(task, suffix, runs, tmp_path):
    run = runs[task]
    shuffled = predicted_by_hand(run).sample(fraction=1.0, shuffle=True, seed=0)
    name = f"hand_{suffix[1:]}"
    assert imported(run, tmp_path, shuffled, name, suffix) == []
    outcome = judge_run(run)
    assert (outcome.exit_code, set(outcome.baselines)) >= (DONE, {"logistic_regression", name})
    ours, theirs = (read_metrics(run.framework(one)) for one in (name, "logistic_regression"))
    for key in ("scored", "out_of_fold", "test", "baseline", "thresholds", "calibration", "best_fold", "folds"):
        assert_alike(ours[key], theirs[key])
    verify(run.framework(name))
    assert {path.name for path in run.framework(name).root.iterdir()} == {
        "fits.json",
        "metrics.json",
        "predictions.parquet",
        "validation.parquet",
    }


def assert_alike(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        for a, b in zip(one, other, strict=True):
            assert_alike(a, b)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=2e-4, abs=2e-4)
    else:
        assert one == other


def test_without_validation_rows_thresholds_are_one_half_and_nothing_else_changes(runs, tmp_path):
    run = baseline_run(tmp_path, "evaluation.threshold=f1")
    imported(run, tmp_path, predicted_by_hand(run, roles=(3, 4)), "without")
    imported(run, tmp_path, predicted_by_hand(run, roles=(2, 3, 4)), "with_them")
    judge_run(run)
    without, full = (read_metrics(run.framework(name)) for name in ("without", "with_them"))
    assert without["thresholds"]["rules"]["f1"]["folds"] == [0.5, 0.5, 0.5]
    assert "no finite predictions for its validation rows" in without["thresholds"]["rules"]["f1"]["reasons"]["0"]
    assert without["calibration"]["temperature"] == [1.0, 1.0, 1.0]
    assert full["calibration"]["temperature"] != [1.0, 1.0, 1.0]
    assert without["baseline"] == full["baseline"]
    assert without["failed"] == []
    for metric in ("auroc", "loss", "brier"):
        assert without["scored"][metric] == full["scored"][metric]


def test_test_rows_may_be_missing_as_long_as_folds_are_scored(runs, tmp_path):
    run = baseline_run(tmp_path)
    imported(run, tmp_path, predicted_by_hand(run, roles=(3,)), "no_test")
    judge_run(run)
    assert read_metrics(run.framework("no_test"))["test"] == {}
    split = baseline_run(tmp_path / "split", "folds.method=split")
    frame = predicted_by_hand(split, roles=(2,))
    assert "a test row, is missing" in refused(split, tmp_path, frame)
    imported(split, tmp_path, predicted_by_hand(split, roles=(4,)), "split")


def test_one_model_for_each_fold_stands_for_all_seeds_of_the_run(tmp_path):
    run = baseline_run(tmp_path, "seeds=2", "folds.repeats=2")
    every = predicted_by_hand(run)
    first = every.filter(pl.col("seed") == 0).drop("seed")
    imported(run, tmp_path, first, "one_seed")
    imported(run, tmp_path, every, "both_seeds")
    judge_run(run)
    one, both = (read_metrics(run.framework(name)) for name in ("one_seed", "both_seeds"))
    assert [len(metrics["folds"]) for metrics in (one, both)] == [6, 12]
    assert len(load_candidates(find_results([run.root / "one_seed", run.root / "both_seeds"]))) == 2
    assert "no column 'repeat', and the run has 2 repeats" in refused(run, tmp_path, first.drop("repeat"))
    message = refused(run, tmp_path, every.with_columns(seed=pl.lit(7)))
    assert "seed 7 is none of the run: 0, 1" in message


def set_first(frame: pl.DataFrame, column: str, value) -> pl.DataFrame:
    values = frame[column].to_list()
    return frame.with_columns(pl.Series(column, [value, *values[1:]], strict=False))


WRONG = {
    "a row that is missing": (lambda f: f[1:], r"row \d+ of fold 0, a scored row, is missing$"),
    "rows that are missing": (lambda f: f[3:], r"is missing \(and 2 more\)"),
    "a row twice": (lambda f: pl.concat([f, f[:1]]), r"row \d+ of fold 0 is there more than once"),
    "a row of another fold": (lambda f: set_first(f, "fold", 1), "fold 1 is not one that this fold predicts: it is"),
    "an unknown row": (lambda f: set_first(f, "row", 569), "the table has 569 rows, counted from 0"),
    "an unknown fold": (lambda f: set_first(f, "fold", 3), "the run has no such fold, but 3, counted from 0"),
    "a row below 0": (lambda f: set_first(f, "row", -1), "column 'row' of data row 1 has -1: it must be an integer"),
    "half a row": (lambda f: set_first(f.cast({"row": float}), "row", 0.5), "has 0.5: it must be an integer >= 0"),
    "a probability above 1": (lambda f: set_first(f, "probability", 1.5), "'probability' of data row 1 is 1.5"),
    "a probability below 0": (lambda f: set_first(f, "probability", -0.1), "is -0.1: a probability is in"),
    "no probability": (lambda f: set_first(f, "probability", None), "data row 1 has nothing: it must be a finite"),
    "nan": (lambda f: set_first(f, "probability", float("nan")), "has 'NaN': it must be a finite number"),
    "words": (lambda f: f.with_columns(probability=pl.lit("high")), "data row 1 has 'high': it must be a finite"),
    "no column row": (lambda f: f.rename({"row": "id"}), "has no column 'row'"),
    "no column with values": (lambda f: f.drop("probability"), "no column 'probability', that of the class 'malig"),
    "another plan": (lambda f: f.with_columns(folds_sha256=pl.lit("ab")), "column 'folds_sha256' is ab, but the"),
}


@pytest.mark.parametrize("why", WRONG)
def test_predictions_that_are_not_those_of_the_folds_are_refused_and_nothing_is_written(why, runs, tmp_path):
    spoil, expected = WRONG[why]
    message = refused(runs["binary"], tmp_path, spoil(predicted_by_hand(runs["binary"], roles=(3,))))
    assert re.search(expected, message), message


def test_classes_go_by_their_names_and_their_probabilities_sum_to_1(runs, tmp_path):
    run = runs["multiclass"]
    frame = predicted_by_hand(run)
    classes = frame.columns[4:]
    turned = frame.select([*frame.columns[:4], *reversed(classes)])
    imported(run, tmp_path, turned, "turned")
    prefixed = frame.rename({name: f"probability_{name}" for name in classes})
    imported(run, tmp_path, prefixed, "prefixed")
    one, other = (pl.read_parquet(run.framework(name).predictions) for name in ("turned", "prefixed"))
    assert one.equals(other)
    assert f"no column for the class '{classes[0]}'" in refused(run, tmp_path, frame.drop(classes[0]))
    wrong = frame.with_columns(pl.col(classes[0]) * 0.5)
    assert "sum to 0.5" in refused(run, tmp_path, wrong.filter(pl.col(classes[0]) > 0.499))


def test_of_two_classes_both_columns_may_be_given_in_any_order(runs, tmp_path):
    run = runs["binary"]
    frame, (negative, positive) = predicted_by_hand(run), load_table(run.load_study().data).classes
    both = frame.rename({"probability": positive}).with_columns((1 - frame["probability"]).alias(negative))
    imported(run, tmp_path, both, "both")
    imported(run, tmp_path, frame, "alone")
    one, other = (read_predictions(run.framework(name).predictions) for name in ("both", "alone"))
    np.testing.assert_allclose(one.logits, other.logits, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["lightning", "Majority", "baselines", "a/b", "..", ".mine", "", "a b", "x" * 41])
def test_a_name_that_is_none_or_is_taken_is_refused(name, runs, tmp_path):
    assert "NAME: " in refused(runs["binary"], tmp_path, predicted_by_hand(runs["binary"]), name=name)


def test_a_second_model_of_the_same_name_and_any_other_file_of_it_are_refused(tmp_path):
    run = baseline_run(tmp_path)
    frame = predicted_by_hand(run)
    imported(run, tmp_path, frame)
    assert "the run has a learner 'mine' already" in refused(run, tmp_path, frame)
    (run.root / "notes").mkdir()
    assert "is there already" in refused(run, tmp_path, frame, name="notes")
    (run.root / ".other.partial").mkdir()  # of an import that was killed
    assert imported(run, tmp_path, frame.with_columns(age=pl.lit(1)), "other") == ["age"]


def test_the_digest_of_the_plan_is_compared_where_it_is_given(tmp_path):
    run = baseline_run(tmp_path)
    frame, digest = predicted_by_hand(run), run.load_environment()["folds_sha256"]
    assert "--folds-sha256 is abc, but" in refused(run, tmp_path, frame, folds_sha256="abc")
    imported(run, tmp_path, frame.with_columns(folds_sha256=pl.lit(digest)), folds_sha256=digest)


def test_an_imported_model_counts_in_comparisons_and_has_no_network(tmp_path):
    run = baseline_run(tmp_path)
    imported(run, tmp_path, predicted_by_hand(run))
    judge_run(run)
    assert [one.name for one in find_results([run.root])] == ["logistic_regression", "mine"]
    assert learners_of(run, run.load_study()).imported == ("mine",)
    with pytest.raises(RunError, match="has predictions but no network"):
        networks_of(run.root / "mine")
    told = json.loads(run.framework("mine").fits.read_text())["imported"]
    assert told["file"] == "predictions.csv"
    assert len(told["sha256"]) == 64
    outcome = conduct(run)
    assert set(outcome.baselines) == {"logistic_regression", "mine"}
    assert run.done.is_file()
    run.framework("mine").predictions.write_bytes(b"spoilt")
    with pytest.raises(StudyError, match=r"fits\.json has another SHA-256 of it"):
        conduct(run)
