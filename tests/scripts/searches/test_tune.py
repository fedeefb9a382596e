"""`tune.py` from the command line to a directory that is judged, shown, compared and continued as any run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from configs.errors import StudyError
from configs.files.places import PROJECT
from configs.learners import offered
from configs.loading.loading import load_study
from evaluation.predictions import read_predictions
from experiment.nets.networks import load_networks
from experiment.results.comparing.candidates import find_results, load_candidates
from experiment.results.judging import read_fits, read_metrics
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import RunError
from experiment.search.raising import raise_budget
from experiment.search.trials_file import read_trials, trials_file

pytestmark = pytest.mark.needs("lightning")

LEARNER = offered()[0]
RATE = "optimizer.learning_rate: {low: 0.001, high: 0.05, log: true}"
SPACE = f"search.space={{{RATE}, model.dropout: [0.0, 0.3], model.hidden: [[8], [4], [5]]}}"
STUDY = ("folds.splits=3", "training.max_epochs=8", "model.hidden=[8]", "baselines=[naive_bayes]")


def tune(*words):
    command = [sys.executable, PROJECT / "scripts" / "tune.py", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


@pytest.fixture(scope="module")
def searched(tmp_path_factory, only_run):
    """A search of four trials, and what `tune.py` said."""
    root = tmp_path_factory.mktemp("searched")
    said = tune(*STUDY, SPACE, "search.trials=4", f"output.root={root}")
    assert said.returncode == 0, said.stderr
    return only_run(root), said


@pytest.mark.slow
def test_a_search_is_a_finished_run_of_one_learner_whose_baselines_are_trained_too(searched):
    run, said = searched
    assert run.done.is_file()
    assert (run.root / "report.html").is_file()
    assert run.load_study().frameworks == (LEARNER,)
    assert "search: 4 trials by oracle random, nested selection by the loss of validation rows" in said.stdout
    assert (f"searched with {LEARNER} alone" in said.stdout) == (len(offered()) > 1)
    assert "naive Bayes" in said.stdout
    trials = read_trials(trials_file(run.framework(LEARNER)))
    assert [trial.number for trial in trials] == [0, 1, 2, 3]
    assert {trial.status for trial in trials} == {"done"}


@pytest.mark.slow
def test_its_score_is_that_of_each_folds_winner(searched):
    run, _ = searched
    directory = run.framework(LEARNER)
    trials = {trial.number: trial for trial in read_trials(trials_file(directory))}
    for place, member in enumerate(read_fits(directory)["members"]):
        best = min(trials.values(), key=lambda trial: trial.objective[place])
        assert member["trial"] == best.number
        own = directory.root / "trials" / f"{best.number:04d}"
        for name in ("predictions", "validation"):
            found, expected = (read_predictions(root / f"{name}.parquet") for root in (directory.root, own))
            one, other = (predictions.of_member(0, 0, place) for predictions in (found, expected))
            assert one.logits.tobytes() == other.logits.tobytes()
            assert len(one.row)


@pytest.mark.slow
def test_it_is_judged_again_and_compared_as_any_run(searched):
    run, _ = searched
    before = read_metrics(run.framework(LEARNER))
    again = judge_run(run)
    assert again.metrics[LEARNER]["folds"] == before["folds"]
    found = find_results([run.root])  # with its baseline
    assert [candidate.framework for candidate in load_candidates(found)] == [LEARNER, "naive_bayes"]


@pytest.mark.slow
def test_its_networks_are_of_several_settings_so_predicting_is_refused_with_the_cure(searched):
    run, _ = searched
    with pytest.raises(RunError, match=r"train its best one, and predict with that: .*train.py .*best.yaml"):
        load_networks(run.framework(LEARNER))


@pytest.mark.slow
def test_train_py_trains_the_study_of_a_search_as_written(searched, train, only_run, tmp_path):
    run, _ = searched
    said = train(run.study, f"output.root={tmp_path}")
    assert said.returncode == 0, said.stderr
    trained = only_run(tmp_path)
    assert trained.load_study().search is None
    assert not trials_file(trained.framework(LEARNER)).exists()
    one, other = (found.framework(LEARNER) for found in (trained, run))
    fits, known = read_fits(one)["members"], read_trials(trials_file(other))[0]
    assert [member["best_epoch"] for member in fits] == [*known.best_epoch]
    compared = load_candidates(find_results([one.root, other.root]))
    assert len({candidate.run for candidate in compared}) == 2
    with pytest.raises(RunError, match=r"is a run without a search; go on with it: .*train.py --resume"):
        raise_budget(trained, [])


@pytest.mark.slow
def test_more_trials_go_on_where_it_ended_and_other_keys_are_refused(searched):
    run, _ = searched
    directory = run.framework(LEARNER)
    before = read_trials(trials_file(directory))
    for override in ("search.trials=2", "search.oracle=bayesian", "model.dropout=0.5", "search.minutes=1"):
        with pytest.raises(StudyError, match=r"may (only )?be raised"):
            raise_budget(run, [override])
    assert run.done.is_file()
    said = tune("--resume", run.root, "search.trials=6")
    assert said.returncode == 0, said.stderr
    after = read_trials(trials_file(directory))
    assert (after[:4], len(after)) == (before, 6)
    assert run.load_study().search.trials == 6
    assert run.done.is_file()


@pytest.mark.slow
def test_another_space_in_its_study_is_refused_with_the_difference(searched):
    run, _ = searched
    written = run.study.read_text()
    try:
        run.study.write_text(written.replace("high: 0.05", "high: 0.5"))
        said = tune("--resume", run.root)
    finally:
        run.study.write_text(written)
    assert said.returncode == 2
    line = "search.space.optimizer.learning_rate.high was 0.05 and is 0.5"
    assert line in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_study_without_a_space_is_refused_in_a_line_with_an_example():
    said = tune()
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == (
        "search.space: is not set, so there is nothing to search; set it, like "
        "'search.space={optimizer.learning_rate: {low: 1.0e-4, high: 1.0e-2, log: true}}'\n"
    )


def test_a_dry_run_shows_table_folds_and_space(tmp_path):
    said = tune(*STUDY, SPACE, f"framework={LEARNER}", f"output.root={tmp_path}", "--dry-run")
    assert said.returncode == 0, said.stderr
    assert "optimizer.learning_rate  0.001 to 0.05, logarithmic" in said.stdout
    assert "model.dropout            one of 0, 0.3" in said.stdout
    assert "net 'mlp':" in said.stdout
    assert list(Path(tmp_path).iterdir()) == []


def test_a_search_needs_a_network(tmp_path):
    said = tune(*STUDY, SPACE, "framework=none", f"output.root={tmp_path}")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "baselines have no keys to search" in said.stderr
    assert load_study(None, [SPACE]).search is not None


@pytest.mark.slow
def test_ctrl_c_ends_a_search_which_goes_on_to_the_trials_of_one_that_was_left_alone(searched, only_run, tmp_path):
    words = [*STUDY, SPACE, "search.trials=4", f"framework={LEARNER}", f"output.root={tmp_path}"]
    command = [sys.executable, PROJECT / "scripts" / "tune.py", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=PROJECT, start_new_session=True) as process:
        assert (line := process.stderr.readline().split())[0] == "search:"
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate()[1]
    run = only_run(tmp_path)
    assert (process.returncode, said) == (130, f"{LEARNER}: stopped by SIGINT; continue with --resume {run.root}\n")
    assert not run.done.exists()
    directory, whole = (one.framework(LEARNER) for one in (run, searched[0]))
    assert 0 < len(read_trials(trials_file(directory))) == int(line[1]) < 4  # those of one of its two stacks
    assert tune("--resume", run.root).returncode == 0
    one, other = (read_trials(trials_file(own)) for own in (directory, whole))
    assert [trial._replace(seconds=0.0) for trial in one] == [trial._replace(seconds=0.0) for trial in other[:4]]
    assert run.done.is_file()
