"""The conducting of a search, with stacks that train nothing: what is trained, recorded, kept, and goes on."""

import json
import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from searching import RATE, Listed, Pretended, Searched, margins
from sklearn.metrics import log_loss

from configs.errors import StudyError
from evaluation.predictions import read_predictions
from experiment.record.history import read_history
from experiment.results.judging import read_fits
from experiment.run.exit_codes import DONE, NUMERICAL_FAILURE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search import conducting
from experiment.search.trials_file import read_trials, trials_file
from experiment.training.interrupts import Interrupted

pytestmark = pytest.mark.needs("lightning")

PATIENCE, HIDDEN = "training.early_stopping.patience", "model.hidden"


def rates(*values):
    return [{RATE: value} for value in values]


def kept(searched):
    return sorted(int(place.name) for place in (searched.directory.root / "trials").glob("*"))


def trials(searched):
    return read_trials(trials_file(searched.directory))


def test_rounds_begin_with_the_study_as_written_and_what_is_enqueued_then_the_oracle(tmp_path):
    oracle = Listed(rates(0.1, 0.2), rates(0.3))
    searched = Searched(tmp_path, f"search.enqueue=[{{{RATE}: 0.5}}]")
    assert searched(oracle) == DONE
    found = trials(searched)
    assert [trial.values.get(RATE) for trial in found] == [None, 0.5, 0.1, 0.2, 0.3]
    assert [trial.round for trial in found] == [0, 0, 1, 1, 2]
    assert [trial.oracle for trial in found] == [{}, {}, {"asked": 0}, {"asked": 0}, {"asked": 1}]
    assert (oracle.begun, oracle.told, oracle.closed) == ([{}, {RATE: 0.5}], [[0, 1, 2, 3], [4]], True)


def test_the_study_as_written_trains_in_the_stack_of_what_an_oracle_proposes_without_a_result(tmp_path):
    fit = Pretended()
    Searched(tmp_path, f"search.enqueue=[{{{RATE}: 0.5}}]")(Listed(rates(0.1), rates(0.2)), fit=fit)
    assert [sorted({trial for trial, _ in stack}) for stack in fit.stacks] == [[0, 1, 2], [3]]


def test_an_oracle_that_needs_results_first_gets_those_of_the_study_as_written(tmp_path):
    oracle, fit = Listed([], rates(0.1)), Pretended()
    Searched(tmp_path)(oracle, fit=fit)
    assert [sorted({trial for trial, _ in stack}) for stack in fit.stacks] == [[0], [1]]
    assert oracle.told == [[0], [1]]


def test_a_search_of_the_study_as_written_alone_asks_nothing(tmp_path):
    oracle = Listed(rates(0.1))
    searched = Searched(tmp_path, "search.trials=1")
    searched(oracle)
    assert (len(trials(searched)), oracle.begun, oracle.told) == (1, [], [])


def test_trials_that_differ_in_settings_of_members_are_one_stack_and_others_train_in_theirs(tmp_path):
    fit = Pretended()
    Searched(tmp_path)(Listed([{RATE: 0.1}, {HIDDEN: [8]}, {PATIENCE: 3}, {HIDDEN: [8], RATE: 0.2}]), fit=fit)
    assert [sorted({trial for trial, _ in stack}) for stack in fit.stacks] == [[0, 1, 3], [2, 4]]
    assert all(fold in range(3) for stack in fit.stacks for _, fold in stack)


def test_the_objective_of_a_member_is_the_metric_of_its_validation_rows(tmp_path):
    searched = Searched(tmp_path)
    searched(Listed(rates(0.25)))
    for trial in trials(searched):
        rate = trial.values.get(RATE, 0.001)
        for fold, value in enumerate(trial.objective):
            rows = np.flatnonzero(searched.folds.plan.roles[fold] == 2)
            targets = searched.folds.table.targets[rows]
            margin = margins(rate, fold, rows)
            chance = 1.0 / (1.0 + np.exp(-np.where(targets == 1, margin, -margin)))
            assert value == pytest.approx(log_loss(targets, chance), rel=1e-5)
        assert (trial.weights, trial.best_epoch) == (2, (1, 1, 1))
    assert sum(trial.seconds for trial in trials(searched)) == pytest.approx(6.0)


def test_each_fold_has_the_predictions_of_its_own_winner_and_losers_leave_no_files(tmp_path):
    searched = Searched(tmp_path)
    assert searched(Listed(rates(0.11, 0.9), rates(0.21, 0.31, 0.5), rates(0.12))) == DONE
    assert kept(searched) == [1, 3, 4]  # 0.11, 0.21, 0.31
    found = read_predictions(searched.directory.predictions)
    for fold, (number, rate) in enumerate([(1, 0.11), (3, 0.21), (4, 0.31)]):
        own = found.of_role("scored").of_member(0, 0, fold)
        np.testing.assert_array_equal(np.sort(own.row), searched.scored(fold))
        margin = margins(rate, fold, own.row)
        np.testing.assert_allclose(own.logits[:, 0], np.where(own.target == 1, margin, -margin), rtol=1e-6)
        member = read_fits(searched.directory)["members"][fold]
        assert (member["fold"], member["trial"], member["best_epoch"]) == (fold, number, 1)
    lines = read_history(searched.directory.history)
    told = {tuple(key): loss for line in lines for key, loss in zip(line["members"], line["train_loss"], strict=True)}
    assert told == {(0, 0, 0, 1): 1.0, (0, 0, 1, 3): 3.0, (0, 0, 2, 4): 4.0}
    assert not (searched.directory.root / "groups").exists()


def test_a_plain_search_has_the_predictions_of_the_best_mean(tmp_path):
    searched = Searched(tmp_path, "search.selection=plain")
    searched(Listed(rates(0.1, 0.21, 0.3)))
    assert kept(searched) == [2]
    assert {member["trial"] for member in read_fits(searched.directory)["members"]} == {2}


def test_an_oracle_that_learns_is_one_for_each_fold_and_its_trials_train_in_that_fold_alone(tmp_path):
    oracles, fit = [Listed(rates(0.1 * fold + 0.05), rates(0.2)) for fold in range(3)], Pretended()
    searched = Searched(tmp_path, "search.oracle=bayesian", "search.trials=3")
    searched(*oracles, fit=fit)
    found = trials(searched)
    assert [trial.members for trial in found] == [(0, 1, 2), (0,), (1,), (2,), (0,), (1,), (2,)]
    assert [oracle.told for oracle in oracles] == [[[0, 1], [4]], [[0, 2], [5]], [[0, 3], [6]]]
    assert fit.stacks[0] == [(0, 0), (0, 1), (0, 2), (1, 0), (2, 1), (3, 2)]


def test_what_cannot_be_trained_is_a_failed_trial_with_its_cause_and_the_search_goes_on(tmp_path):
    settings = [{PATIENCE: 13}, {RATE: 0.1}, {RATE: -1.0}, {RATE: 0.9}, {RATE: 0.75}, {"training.loss": "huber"}]
    searched = Searched(tmp_path)
    assert searched(Listed(settings)) == DONE
    _, unlucky, fine, invalid, infinite, once, unfit = trials(searched)
    assert (unlucky.status, unlucky.cause, unlucky.objective) == ("failed", "RuntimeError: unlucky", (None,) * 3)
    assert (fine.status, fine.cause) == ("done", "")
    assert (invalid.status, invalid.epochs) == ("failed", (0, 0, 0))
    assert f"override {RATE}=-1" in invalid.cause
    assert (infinite.status, infinite.cause) == ("failed", "its loss was never finite in any fold")
    assert [value is None for value in once.objective] == [False, True, False]
    assert "huber" in unfit.cause
    assert 3 not in kept(searched)
    assert all(math.isfinite(value) for trial in trials(searched) for value in trial.objective if value is not None)


def test_a_fold_that_no_trial_has_won_has_failed(tmp_path):
    searched = Searched(tmp_path, f"{RATE}=0.75")
    searched(Listed(rates(0.76)))
    assert [member["best_epoch"] for member in read_fits(searched.directory)["members"]] == [1, -1, 1]
    found = read_predictions(searched.directory.predictions)
    assert np.isnan(found.of_member(0, 0, 1).logits).all()
    everything = Searched(tmp_path / "other", f"{RATE}=0.9")
    assert everything(Listed()) == NUMERICAL_FAILURE


def test_a_trial_without_memory_is_a_failed_one(tmp_path):
    def end(numbers):
        if 1 in numbers:
            raise RunError(NUMERICAL_FAILURE, "there is no memory for a single member on GPU")

    searched = Searched(tmp_path)
    searched(Listed(rates(0.1, 0.2)), fit=Pretended(end))
    assert [trial.status for trial in trials(searched)] == ["done", "failed", "done"]
    assert trials(searched)[1].cause == "there is no memory for a single member on GPU"


class Died(BaseException):
    """As if the process had been killed."""


@pytest.mark.parametrize("stack", range(4))
def test_a_search_that_died_goes_on_without_training_anything_twice(tmp_path, stack):
    def rounds():
        return Listed([{RATE: 0.15}, {HIDDEN: [8]}, {RATE: 0.2}], [{HIDDEN: [9]}, {RATE: 0.3, HIDDEN: [8]}])

    whole, fit = Searched(tmp_path / "whole"), Pretended()
    whole(rounds(), fit=fit)

    def die(numbers):
        if len(first.stacks) == stack:
            raise Died

    died, first, second = Searched(tmp_path / "died"), Pretended(die), Pretended()
    with pytest.raises(Died):
        died(rounds(), fit=first)
    died(rounds(), fit=second)
    assert first.stacks + second.stacks == fit.stacks
    assert trials(died) == trials(whole)
    for name in ("predictions", "validation", "history"):
        assert getattr(died.directory, name).read_bytes() == getattr(whole.directory, name).read_bytes()
    assert kept(died) == kept(whole)


@pytest.mark.parametrize("step", ["keep", "prune", "compose", "rmtree"])
@pytest.mark.parametrize("time", [1, 2])
def test_a_search_that_died_between_two_writes_goes_on_and_leaves_the_same_files(tmp_path, monkeypatch, step, time):
    def rounds():
        return Listed(rates(0.11, 0.21), rates(0.31, 0.22))

    whole, fit = Searched(tmp_path / "whole"), Pretended()
    whole(rounds(), fit=fit)
    place, calls = (conducting.shutil if step == "rmtree" else conducting), []
    done = getattr(place, step)

    def die(*arguments, **settings):
        calls.append(arguments)
        if len(calls) == time:
            raise Died
        return done(*arguments, **settings)

    died, again = Searched(tmp_path / "died"), Pretended()
    with monkeypatch.context() as patched:
        patched.setattr(place, step, die)
        with suppress(Died):
            died(rounds(), fit=again)
    died(rounds(), fit=again)
    assert trials(died) == trials(whole)
    assert again.stacks[: len(fit.stacks)] == fit.stacks[: len(again.stacks)] or step == "keep"
    files = [
        {path.relative_to(one.directory.root) for path in one.directory.root.rglob("*")} - {Path("groups")}
        for one in (died, whole)
    ]
    assert files[0] == files[1]
    assert died.directory.predictions.read_bytes() == whole.directory.predictions.read_bytes()


ENDS = [Interrupted(15), OSError(28, "No space left on device"), RunError(137, "no worker is left")]


@pytest.mark.parametrize("error", ENDS, ids=repr)
def test_a_signal_a_full_disk_and_killed_workers_end_the_search_and_are_no_failed_trial(tmp_path, error):
    def end(numbers):
        raise error

    searched = Searched(tmp_path)
    with pytest.raises(type(error)):
        searched(Listed(), fit=Pretended(end))
    assert trials(searched) == []


def test_more_trials_continue_the_round_that_was_cut(tmp_path):
    first, second = (Listed(rates(0.1, 0.2, 0.3), rates(0.4)) for _ in range(2))
    searched, fit = Searched(tmp_path, "search.trials=3"), Pretended()
    searched(first)
    assert first.told == []  # the budget has cut the round
    more = Searched(tmp_path / "more", "search.trials=5")
    more.directory = searched.directory
    more(second, fit=fit)
    assert [trial.values.get(RATE) for trial in trials(searched)] == [None, 0.1, 0.2, 0.3, 0.4]
    assert [sorted({trial for trial, _ in stack}) for stack in fit.stacks] == [[3], [4]]
    assert second.told == [[0, 1, 2, 3], [4]]


def test_an_oracle_that_proposes_something_else_than_is_on_record_is_refused(tmp_path):
    searched = Searched(tmp_path)
    searched(Listed(rates(0.1)))
    with pytest.raises(RunError, match=rf"trial 1 was {RATE}=0.1, and the oracle now proposes {RATE}=0.2; .* new one"):
        searched(Listed(rates(0.2)))


def test_a_truncated_last_line_is_a_trial_that_trains_again_and_other_damage_is_refused(tmp_path):
    searched, fit = Searched(tmp_path), Pretended()
    searched(Listed(rates(0.1, 0.2)))
    path = trials_file(searched.directory)
    before = path.read_text()
    path.write_text(before[:-20])
    searched(Listed(rates(0.1, 0.2)), fit=fit)
    assert fit.stacks == [[(2, 0), (2, 1), (2, 2)]]
    assert [json.loads(line)["objective"] for line in path.read_text().splitlines()] == [
        json.loads(line)["objective"] for line in before.splitlines()
    ]
    path.write_text(before.replace('"values"', '"worth"'))
    with pytest.raises(StudyError, match=r"trials\.jsonl: is damaged \(KeyError: 'values'\)"):
        searched(Listed())
    path.write_text("{" + before)
    with pytest.raises(StudyError, match=r"trials\.jsonl:1: is not JSON"):
        searched(Listed())


@pytest.mark.parametrize(
    "spoil", [lambda file: file.write_bytes(b"cut"), lambda file: file.unlink()], ids=["cut", "gone"]
)
@pytest.mark.parametrize("name", ["predictions", "validation", "fits"])
def test_a_lost_file_of_a_winner_is_answered_with_the_trial_to_train_again(tmp_path, name, spoil):
    searched, fit = Searched(tmp_path), Pretended()
    searched(Listed(rates(0.11, 0.21, 0.31)))
    before, record = searched.directory.predictions.read_bytes(), trials_file(searched.directory)
    spoil(getattr(FrameworkDirectory(searched.directory.root / "trials" / "0002"), name))
    with pytest.raises(StudyError, match=r"remove the line of trial 2 from .*/trials\.jsonl and resume: it is trained"):
        searched(Listed(rates(0.11, 0.21, 0.31)))
    lines = [line for line in record.read_text().splitlines(True) if json.loads(line)["number"] != 2]
    record.write_text("".join(lines))
    assert searched(Listed(rates(0.11, 0.21, 0.31)), fit=fit) == DONE
    assert fit.stacks == [[(2, 0), (2, 1), (2, 2)]]
    assert searched.directory.predictions.read_bytes() == before


def test_seeds_of_a_fold_share_the_winner(tmp_path):
    searched = Searched(tmp_path, "seeds=2")
    searched(Listed(rates(0.11, 0.21, 0.31)))
    assert [member["trial"] for member in read_fits(searched.directory)["members"]] == [1, 2, 3, 1, 2, 3]
