"""Baselines over processes: the predictions of one process, whatever is killed."""

import os
import signal

import numpy as np
import pytest
from baseline_runs import baseline_run
from small import small

from datamodules.fold_data import PREDICTED
from evaluation.predictions import read_predictions
from experiment.launchers.local import LocalWorkers
from experiment.results.baselines import beside_baselines
from experiment.results.judging import read_fits, read_metrics
from experiment.results.saved import RunResults
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts
from experiment.training.workers.workers import processes_of
from sklearn_models.fit import fit_baseline
from sklearn_models.parts import keep, train_all, train_part

NAMES = ("logistic_regression", "nearest_neighbours", "decision_tree")
WEIGHTED = ("training.class_weights=balanced",)


@pytest.fixture
def directories(tmp_path):
    found = [FrameworkDirectory(tmp_path / name) for name in NAMES]
    for directory in found:
        directory.root.mkdir()
    return found


def assert_as_in_one_process(directories, study, folds):
    for directory in directories:
        alone = fit_baseline(directory.name, folds, study.training.class_weights)
        found = read_predictions(directory.predictions)
        for index, member in enumerate(folds.members):
            own = found.of_role("scored").of_member(0, 0, member.fold)
            rows = folds.rows(*PREDICTED)[index]
            places = np.searchsorted(rows, own.row)
            assert own.logits.tobytes() == alone.logits[index][places].tobytes()
        fits = read_fits(directory)
        assert ("unweighted" in fits["timing"]) == (directory.name == "nearest_neighbours")
        assert not directory.checkpoints.exists()


def killed_once(pool):
    """The `pool`, whose first process is killed as soon as it has work."""
    begin, killed = pool.begin, []

    def begin_and_kill(tasks):
        begin(tasks)
        if not killed:
            killed.append(pool.alive[0].process.pid)
            os.kill(killed[0], signal.SIGKILL)

    pool.begin = begin_and_kill
    return pool


def test_each_fold_of_each_baseline_is_a_part_and_one_whose_process_is_killed_is_fitted_again(directories, capfd):
    study, folds = small("training.devices=2", *WEIGHTED)
    with processes_of(study, "baselines", debug=False) as pool:
        assert isinstance(pool, LocalWorkers)
        train_all(study, folds, directories, killed_once(pool))
    assert_as_in_one_process(directories, study, folds)
    (told,) = capfd.readouterr().err.splitlines()
    assert told.endswith("worker 0 was ended by SIGKILL; the others take over")


@pytest.mark.slow
def test_they_are_spread_over_the_cores_of_a_ray_cluster(directories, ray_address):
    study, folds = small("launcher=ray", f"ray.address={ray_address}", *WEIGHTED)
    with processes_of(study, "baselines", debug=False) as pool:
        assert pool.devices == 4
        train_all(study, folds, directories, pool)
    assert_as_in_one_process(directories, study, folds)
    assert read_fits(directories[0])["timing"]["devices"] > 1


def test_without_an_address_ray_is_this_machine_and_a_queue_of_slurm_is_none_for_them():
    for words, devices in (("launcher=ray", "training.devices=3"), 3), (("launcher=slurm",), None), ((), None):
        with processes_of(small(*words)[0], "baselines", debug=False) as pool:
            assert (pool and pool.devices) == devices


def test_a_baseline_whose_process_always_dies_has_failed_with_a_cause(directories):
    study, folds = small()
    directory = directories[0]
    job = Job(study, folds, directory, Parts(directory.checkpoints, 3, 1, {}))
    train_part(job, Part("0001", 1, 2), 0)
    keep(job, RunError(NUMERICAL_FAILURE, "members 0 to 0 have died 3 times; continue with --resume"))
    assert [member["best_epoch"] for member in read_fits(directory)["members"]] == [-1, 0, -1]
    told = directory.log.read_text()
    assert "logistic_regression, fold 0: members 0 to 0 have died 3 times" in told
    assert "fold 1: " not in told


def test_a_baseline_that_takes_no_weights_is_named_in_a_line(tmp_path):
    run = baseline_run(tmp_path, *WEIGHTED, names=("nearest_neighbours", "naive_bayes"))
    metrics = {name: read_metrics(run.framework(name)) for name in ("nearest_neighbours", "naive_bayes")}
    line = "nearest neighbours takes no weights, and was trained as if all rows weighed the same"
    assert beside_baselines(RunResults(run), {}, metrics).sentences == [line]
    plain = baseline_run(tmp_path / "plain", names=("nearest_neighbours",))
    metrics = {"nearest_neighbours": read_metrics(plain.framework("nearest_neighbours"))}
    assert beside_baselines(RunResults(plain), {}, metrics).sentences == []
