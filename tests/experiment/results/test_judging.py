"""A finished framework is judged from its files, as often as one likes."""

import json

import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from configs.sections.evaluation import Evaluation
from configs.sections.output import Output
from datamodules.fold_data import fold_data
from datamodules.folds.plan import Role
from experiment.conduct import prepare
from experiment.results.judging import judge, judge_again
from experiment.results.re_evaluating import judge_run
from experiment.run.run_directory import RunDirectory
from experiment.training.child import train
from experiment.training.fitting import fit_stacks

pytestmark = pytest.mark.needs("lightning")


@pytest.fixture
def finished(tmp_path, pretend):
    """A study, and the directory of a framework that has trained it and is not judged."""
    study, _ = small(f"output.root={tmp_path}", "framework=lightning", "folds.splits=3")
    run = prepare(study, ["train.py"])
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), directory)
    return study, directory


def test_what_was_judged_is_read(finished):
    study, directory = finished
    metrics = judge(study, directory)
    assert json.loads(directory.metrics.read_text()) == metrics
    older = {name: value for name, value in metrics.items() if name not in ("digest", "fits_digest")}
    for thresholds in ({"rule": "0.5", "cost_ratio": 1.0}, {}):
        same = older | {"thresholds": thresholds}
        directory.metrics.write_text(json.dumps(same))
        assert judge(study, directory) == same


@pytest.mark.parametrize("other", [{"threshold": "f1"}, {"cost_ratio": 3.0}])
def test_what_another_rule_has_judged_is_judged_anew(finished, other):
    study, directory = finished
    metrics = judge(study, directory)
    judge_again(study.model_copy(update={"evaluation": Evaluation(**other)}), directory)
    assert judge(study, directory) == metrics
    assert json.loads(directory.metrics.read_text()) == metrics


def test_judging_again_says_the_same_and_replaces_what_was_there(finished):
    study, directory = finished
    metrics = judge(study, directory)
    directory.metrics.write_text("{}")
    assert judge_again(study, directory) == metrics
    assert json.loads(directory.metrics.read_text()) == metrics


def test_another_rule_changes_the_decisions_and_no_prediction(finished):
    study, directory = finished
    before, content = judge(study, directory), directory.predictions.read_bytes()
    other = study.model_copy(update={"evaluation": Evaluation(threshold=0.9)})
    after = judge_again(other, directory)
    assert before["out_of_fold"]["recall"] == 1.0  # the pretence says 0.62 of every row
    assert after["out_of_fold"]["recall"] == 0.0
    assert after["out_of_fold"]["auroc"] == before["out_of_fold"]["auroc"] == 0.5
    assert directory.predictions.read_bytes() == content


@pytest.mark.parametrize(("source", "task"), [("wine", "multiclass"), ("diabetes", "regression")])
def test_a_threshold_is_refused_where_none_decides_and_nothing_is_written(tmp_path, pretend, source, task):
    study, _ = small(f"output.root={tmp_path}", "framework=lightning", f"data.source={source}", "folds.method=kfold")
    run = prepare(study, ["train.py"])
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), directory)
    judge(study, directory)
    before = {path: path.read_bytes() for path in run.root.rglob("*") if path.is_file()}
    for rule in ("f1", "0.9"):
        with pytest.raises(StudyError, match=f"^evaluation.threshold: '{rule}' is for a binary .* this one is {task}"):
            judge_run(run, [f"evaluation.threshold={rule}"])
    with pytest.raises(StudyError, match=f"^evaluation.cost_ratio: '3.0' is for a binary .* is {task}; leave it at 1$"):
        judge_run(run, ["evaluation.cost_ratio=3.0"])
    assert before == {path: path.read_bytes() for path in before}
    assert judge_run(run, ["evaluation.threshold=0.5", "evaluation.cost_ratio=1.0"]).exit_code == 0


def test_all_that_is_written_comes_from_the_files(finished):
    study, directory = finished
    metrics = judge(study, directory)
    fits = json.loads(directory.fits.read_text())["members"]
    assert [fold["best_epoch"] for fold in metrics["folds"]] == [fit["best_epoch"] for fit in fits]
    assert np.isfinite(metrics["best_fold"]["value"])
    assert metrics["diagnosis"]["evidence"]["baseline_loss"] == metrics["baseline"]["scored"]["loss"]


def test_a_split_without_validation_rows_has_a_guess(tmp_path, pretend):
    asked = ["folds.method=split", "folds.validation_fraction=0", "training.early_stopping=null"]
    study, folds = small(f"output.root={tmp_path}", "framework=lightning", *asked)
    run = prepare(study, ["train.py"])
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), directory)
    training = folds.table.targets[folds.plan.rows_of(0, Role.train)]
    guess = judge(study, directory)["baseline"]
    assert guess["base_rate"] == training.mean()
    assert 0.5 < guess["test"]["accuracy"] < 0.7


def test_a_run_of_an_older_version_is_refused_and_stays_as_it_is(finished):
    study, directory = finished
    metrics, fits = judge(study, directory), json.loads(directory.fits.read_text())
    for member in fits["members"]:
        del member["train_targets"]
    del fits["digest"], fits["files"]
    directory.fits.write_text(json.dumps(fits))
    with pytest.raises(StudyError, match=r"fits\.json: has no train_targets, because an older twinfold"):
        judge_again(study, directory)
    assert judge(study, directory) == metrics


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("fits", "put the file back, or train the study again: python scripts/train.py "),
        ("graph", "remove it, TensorBoard then shows no graph"),
    ],
)
def test_a_damaged_file_is_told_with_its_cure(finished, name, cure):
    study, directory = finished
    study = study.model_copy(update={"output": Output(tensorboard=True)})
    getattr(directory, name).write_text("")
    with pytest.raises(StudyError, match=rf"{name}\.json: is damaged \(.+\); {cure}"):
        judge(study, directory)


def test_damaged_metrics_can_be_judged_again(finished):
    study, directory = finished
    metrics = judge(study, directory)
    directory.metrics.write_text("{")
    with pytest.raises(StudyError, match=r"metrics\.json: is damaged .+evaluate\.py ") as error:
        judge(study, directory)
    assert str(error.value).endswith(str(directory.root.parent))
    assert judge_again(study, directory) == metrics


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("")])
def test_without_the_record_nothing_is_judged_and_nothing_is_lost(finished, spoil):
    study, directory = finished
    judge(study, directory)
    spoil(directory.history)
    before = {path: path.stat().st_mtime_ns for path in directory.root.rglob("*")}
    with pytest.raises(StudyError, match=r"history\.jsonl: has no record of the epochs.+; put the file back, or"):
        judge_run(RunDirectory(directory.root.parent))
    assert {path: path.stat().st_mtime_ns for path in directory.root.rglob("*")} == before


@pytest.mark.both_rooms
def test_a_record_that_one_framework_lost_leaves_the_other_as_it_was_judged(tmp_path, pretend):
    study, _ = small(f"output.root={tmp_path}", "framework=both")
    run = prepare(study, ["train.py"])
    for name in study.frameworks:
        train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), run.framework(name))
        judge(study, run.framework(name))
    run.framework("tensorflow").history.unlink()
    before = run.framework("lightning").metrics.stat()
    with pytest.raises(StudyError, match=r"tensorflow/history\.jsonl: has no record of the epochs"):
        judge_run(run)
    after = run.framework("lightning").metrics.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("name", ["predictions", "validation"])
def test_a_file_that_is_missing_is_one_line(finished, name):
    study, directory = finished
    getattr(directory, name).unlink()
    with pytest.raises(StudyError, match=rf"{name}.parquet: is gone; put the file back, or train the study again: "):
        judge(study, directory)
