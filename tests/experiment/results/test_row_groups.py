"""The rows of a run that belong together are known as long as their data is, and from then on."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.datasets import iris
from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.results.judging import judge, judge_again
from experiment.results.row_groups import FILE, row_dependence
from experiment.training.child import train
from experiment.training.fitting import fit_stacks

pytestmark = pytest.mark.needs("lightning")

PATIENTS = np.repeat(np.arange(30), 4)


@pytest.fixture
def visits(tmp_path):
    """A table of 30 patients who came four times each."""
    rng, path = np.random.default_rng(0), tmp_path / "visits.csv"
    lines = [f"{age:.3f},{'yes' if age > 0 else 'no'},p{patient}" for age, patient in
             zip(rng.normal(size=len(PATIENTS)), PATIENTS, strict=True)]  # fmt: skip
    path.write_text("\n".join(["age,relapse,patient", *lines]) + "\n")
    return path


@pytest.fixture
def grouped(tmp_path, visits):
    data = [f"data.source={visits}", "data.target=relapse", "folds.method=group", "folds.group=patient"]
    base = ["folds.splits=3", "training.max_epochs=1", "output.tensorboard=false", f"output.root={tmp_path}"]
    study = load_study(None, [*data, *base, "framework=lightning"])
    return study, prepare(study, ["train.py"])


def test_groups_are_looked_up_once_and_outlive_their_data(grouped, visits):
    study, run = grouped
    assert (run.root / FILE).is_file()
    kept = row_dependence(run, study)
    (run.root / FILE).unlink()  # as in a run of version 0.1
    first = row_dependence(run, study)
    np.testing.assert_array_equal(kept.groups, first.groups)
    assert len({tuple(first.groups[patient == PATIENTS]) for patient in range(30)}) == 30
    assert (run.root / FILE).is_file()
    visits.unlink()
    np.testing.assert_array_equal(row_dependence(run, study).groups, first.groups)


def test_groups_are_found_beside_columns_that_the_study_leaves_out(grouped, visits):
    study, run = grouped
    known = row_dependence(run, study).groups
    (run.root / FILE).unlink()
    header, *lines = visits.read_text().splitlines()
    visits.write_text("\n".join([f"note,{header}", *(f"some text,{line}" for line in lines)]) + "\n")
    dropped = study.model_copy(update={"data": study.data.model_copy(update={"drop": ("note",)})})
    np.testing.assert_array_equal(row_dependence(prepare(dropped, []), dropped).groups, known)
    np.testing.assert_array_equal(row_dependence(run, dropped).groups, known)


def test_without_its_data_a_run_knows_no_groups_and_says_so(grouped, visits):
    study, run = grouped
    (run.root / FILE).unlink()  # as in a run of version 0.1
    visits.write_text(visits.read_text().replace("p7\n", "p8\n", 1))  # other data is not its data
    assert row_dependence(run, study).groups is None
    visits.unlink()
    told = row_dependence(run, study)
    assert told.groups is None
    assert "the data that knows the groups is gone" in told.caution
    assert not (run.root / FILE).exists()


def test_groups_that_the_data_set_brings_are_known(tmp_path, monkeypatch):
    groups = np.arange(150, dtype=np.int32) // 3
    monkeypatch.setattr(iris, "load", lambda root, load=iris.load: replace(load(root), groups=groups))
    study, _ = small(f"output.root={tmp_path}", "data.source=iris", "folds.method=group")
    np.testing.assert_array_equal(row_dependence(prepare(study, []), study).groups, groups)


def test_rows_with_equal_inputs_are_drawn_together(tmp_path, visits):
    header, *lines = visits.read_text().splitlines()
    visits.write_text("\n".join([header, *(line for line in lines for _ in range(2))]) + "\n")
    asked = [f"data.source={visits}", "data.target=relapse", "data.drop=patient", "folds.group=duplicates"]
    base = ["folds.splits=3", "framework=lightning", f"output.root={tmp_path}"]
    run = prepare(study := load_study(None, [*asked, *base]), [])
    assert run.load_study().folds.method == "stratified_group"
    groups = row_dependence(run, run.load_study()).groups
    assert (groups[::2] == groups[1::2]).all()
    assert len(set(groups)) == len({line.split(",")[0] for line in lines})
    (run.root / FILE).unlink()
    np.testing.assert_array_equal(row_dependence(run, run.load_study()).groups, groups)
    assert study.folds.method == "auto"


def test_a_damaged_file_of_groups_is_one_line(grouped):
    study, run = grouped
    (run.root / FILE).write_bytes(b"\x00")
    with pytest.raises(StudyError, match=r"groups\.npy: is damaged .*; remove it, it is made anew from the data"):
        row_dependence(run, study)


def test_rows_in_the_order_of_time_have_a_caution_and_other_rows_none(tmp_path):
    study, _ = small(f"output.root={tmp_path}", "folds.method=time_series")
    assert "neighbours in time" in row_dependence(prepare(study, []), study).caution
    study, _ = small(f"output.root={tmp_path}")
    assert row_dependence(prepare(study, []), study) == (None, "")


def test_the_intervals_of_a_run_draw_its_groups(grouped, pretend, visits):
    study, run = grouped
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), directory)
    metrics = judge(study, directory)
    assert metrics["out_of_fold"]["intervals"]["auroc"]["method"] == "BCa bootstrap of 24 groups, 10,000 resamples"
    assert metrics["test"]["intervals"]["f1"]["caution"] == "6 groups are few to resample: the truth is likely wider"
    visits.unlink()
    assert judge_again(study, directory) == metrics
    assert json.loads(directory.metrics.read_text()) == metrics
