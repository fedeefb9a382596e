"""Whole runs by `train.py`: every shipped study, a table of one's own, folds that fail."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from datamodules.folds.plan import Role

pytestmark = [pytest.mark.slow, pytest.mark.needs("lightning")]

PROJECT = Path(__file__).resolve().parents[3]
CONFIGS = sorted((PROJECT / "configs").glob("*.yaml"))
# Each study trains in one framework, and every second one in the other.
IN_TURN = [(path, ("lightning", "tensorflow")[number % 2]) for number, path in enumerate(CONFIGS)]
ONE_EPOCH = ("training.max_epochs=1", "training.batch_size=128", "output.tensorboard=false")


def call(script, *words):
    command = [sys.executable, PROJECT / "scripts" / script, *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=PROJECT)


@pytest.mark.parametrize(("path", "framework"), IN_TURN, ids=lambda value: getattr(value, "stem", value))
def test_every_shipped_study_trains(train, only_run, tmp_path, path, framework):
    said = train(path, f"framework={framework}", f"output.root={tmp_path}", *ONE_EPOCH)
    assert (said.returncode, said.stderr) == (0, "")
    run = only_run(tmp_path)
    assert run.done.is_file()
    assert run.load_study().data.source == load_study(path, []).data.source
    found = json.loads(run.framework(framework).metrics.read_text())
    assert found["test"]["ensemble"]["loss"] > 0


@pytest.fixture
def patients(tmp_path):
    """A table with labels of words and missing values: the sick have a higher marker."""
    draw = np.random.default_rng(0)
    sick = np.arange(120) % 3 == 0
    marker = draw.normal(size=120) + 3 * sick
    columns = {"age": draw.integers(20, 90, 120).astype(float), "marker": marker, "dose": draw.random(120)}
    table = pl.DataFrame(columns | {"relapse": np.where(sick, "yes", "no")})
    holes = draw.integers(0, 120, 10).tolist()
    table = table.with_columns(
        pl.when(pl.int_range(120).is_in(holes)).then(None).otherwise(pl.col("dose")).alias("dose")
    )
    table.write_csv(tmp_path / "patients.csv")
    return tmp_path


def test_a_table_of_ones_own_trains_from_the_folder_of_the_caller(train, only_run, patients):
    settings = ("data.source=patients.csv", "data.target=relapse", "folds.splits=3")
    said = train(
        *settings, "name=mine", "framework=lightning", "training.max_epochs=20", "output.root=out", cwd=patients
    )
    assert (said.returncode, said.stderr) == (0, "")
    directory = only_run(patients / "out").framework("lightning")
    found = json.loads(directory.metrics.read_text())
    assert found["classes"] == ["no", "yes"]
    assert found["out_of_fold"]["auroc"] > 0.8
    assert {"logit_yes", "probability_yes"} <= set(pl.read_parquet(directory.predictions).columns)


def test_a_run_ends_with_a_warning_of_a_column_that_tells_the_target(train, only_run, patients):
    table = pl.read_csv(patients / "patients.csv").with_columns(
        later=(pl.col("relapse") == "yes").cast(pl.Int8), same=1.6e9 + pl.int_range(120) % 3
    )
    table.drop("dose").write_csv(patients / "patients.csv")
    words = ("data.source=patients.csv", "data.target=relapse", "folds.splits=3", "framework=tensorflow")
    said = train(*words, "training.max_epochs=1", "output.root=out", cwd=patients)
    run, warning = (
        only_run(patients / "out"),
        "column 'later' (AUROC 1.0000): alone predicts 'relapse' nearly perfectly",
    )
    assert said.returncode == 0
    (line,) = said.stderr.splitlines()
    assert line.startswith(f"warning: patients.csv: {warning}")
    logged = run.framework("tensorflow").log.read_text()
    for words in (warning, "column 'same'"):
        assert words in logged
        assert words in (run.root / "report.md").read_text()
    assert train("--resume", run.root).stderr == said.stderr


def test_missing_values_and_a_wrong_target_are_told_with_their_cure(train, patients):
    said = train("data.source=patients.csv", "data.target=relapse", "inputs.impute=refuse", "--dry-run", cwd=patients)
    assert said.returncode == 2
    assert "column 'dose' has" in said.stderr
    assert "inputs.impute" in said.stderr
    said = train("data.source=patients.csv", "data.target=relaps", cwd=patients)
    assert said.returncode == 2
    assert "did you mean 'relapse'" in said.stderr


@pytest.fixture
def poisoned(tmp_path):
    """Plain rows, and 30 of them so large that no float32 holds what a net makes of them."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(90, 3))
    features[::3] *= 1e38
    table = pl.DataFrame({"a": features[:, 0], "b": features[:, 1], "c": features[:, 2]})
    table.with_columns(y=pl.Series(draw.permutation(90) % 2), site=pl.Series(np.arange(90) % 3)).write_csv(
        tmp_path / "t.csv"
    )
    return tmp_path


@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_folds_that_overflow_fail_and_the_rest_is_saved(train, only_run, poisoned, framework):
    """Groups are thirds of the rows; only one of three folds leaves the poisoned third out of its training."""
    settings = ("data.source=t.csv", "data.target=y", "folds.method=group", "folds.group=site", "folds.splits=3")
    more = ("folds.test_fraction=0", "folds.validation_fraction=0", "training.early_stopping=null", "inputs.scale=none")
    more += ("optimizer.name=sgd", "optimizer.learning_rate=1.0")
    said = train(*settings, *more, f"framework={framework}", "training.max_epochs=2", "output.root=out", cwd=poisoned)
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith(
        f"{framework}: 2 of 3 folds failed (fold_00 and fold_01): its loss was never finite"
    )
    run = only_run(poisoned / "out")
    assert run.done.is_file()
    table = pl.read_parquet(run.framework(framework).predictions)
    failed = {
        fold["fold"]: fold["best_epoch"] < 0
        for fold in json.loads(run.framework(framework).metrics.read_text())["folds"]
    }
    assert sorted(failed.values()) == [False, True, True]
    for fold, has_failed in failed.items():
        own = table.filter(pl.col("fold") == fold)
        assert own["logit_1"].is_nan().all() == has_failed
        assert len(own) == 30
    again = train("--resume", run.root)
    shown = said.stdout[said.stdout.index("status") :]
    table_of_both = [printed.partition("results ")[0] for printed in (again.stdout, shown)]
    assert again.returncode == 1
    assert table_of_both[0] == table_of_both[1]


def test_a_study_in_which_every_fold_overflows_is_a_numerical_failure(train, only_run, tmp_path):
    huge = ("optimizer.name=sgd", "optimizer.learning_rate=1e38", "training.max_epochs=4", "folds.splits=2")
    said = train(*huge, "framework=lightning", f"output.root={tmp_path}", "output.tensorboard=false")
    assert said.returncode == 70
    assert "Traceback" not in said.stderr
    assert "undefined" in said.stdout
    cure = "lower optimizer.learning_rate, or set optimizer.clip_norm=1"
    assert said.stderr == f"lightning: all 2 folds failed (fold_00 and fold_01): its loss was never finite: {cure}\n"
    assert only_run(tmp_path).framework("lightning").predictions.is_file()


@pytest.mark.parametrize(
    ("framework", "test_fraction", "role", "code"),
    [("lightning", 0.2, Role.test, 70), ("lightning", 0.0, Role.scored, 1), ("tensorflow", 0.0, Role.scored, 1)],
)
def test_a_row_without_a_finite_output_is_told_by_every_command(
    train, only_run, tmp_path, framework, test_fraction, role, code
):
    """A row that no float32 holds the outputs of fails the folds that have it to predict: of the test part, all."""
    settings = [f"data.source={tmp_path / 't.csv'}", "data.target=y", "folds.splits=4", "training.max_epochs=5"]
    settings += [f"folds.test_fraction={test_fraction}", f"framework={framework}", f"output.root={tmp_path / 'out'}"]
    draw = np.random.default_rng(0)
    features = draw.normal(size=(200, 8))
    columns = {f"x{number}": features[:, number] for number in range(8)}
    columns["y"] = (features[:, 0] + draw.normal(size=200) > 0).astype(int)
    pl.DataFrame(columns).write_csv(tmp_path / "t.csv")
    row = int(fold_data(load_study(None, settings)).plan.rows_of(0, role)[0])
    features[row] = 3e38 * (-1.0) ** np.arange(8)
    pl.DataFrame(columns).write_csv(tmp_path / "t.csv")

    said = train(*settings)
    directory = only_run(tmp_path / "out").framework(framework)
    table = pl.read_parquet(directory.predictions).filter(~pl.col("logit_1").is_finite())
    expected = set(range(4)) if role is Role.test else {0}
    assert (set(table["row"]), set(table["fold"])) == ({row}, expected)
    assert {fold["fold"] for fold in json.loads(directory.metrics.read_text())["failed"]} == expected
    cause = f"its outputs are not finite for row {row} (counted from 0): look at its inputs"
    which = "1 of 4 folds failed (fold_00)"
    if code == 70:
        which = "all 4 folds failed (fold_00, fold_01, fold_02 and fold_03)"
    line = f"{framework}: {which}: {cause}\n"
    warning, told = said.stderr.splitlines(keepends=True)
    assert warning.startswith(f"warning: t.csv: columns 'x0' (3e+38 in row {row}, counted from 0)")
    assert (said.returncode, told) == (code, line)
    again = call("evaluate.py", directory.root.parent)
    assert (again.returncode, again.stderr) == (code, line)
    predicted = call("predict.py", directory.root, tmp_path / "t.csv", "--out", tmp_path / "new.csv")
    assert (predicted.returncode, cause in predicted.stderr) == ((2, True) if code == 70 else (0, False))
