"""Minutes and trials of a search: where its budget ends it, and how it goes on with more of them."""

from types import SimpleNamespace

import pytest
from searching import RATE, Listed, Pretended, study_of

from configs.errors import StudyError
from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.search import conducting
from experiment.search.raising import raise_budget
from experiment.search.trials_file import read_trials, trials_file
from experiment.training.workers.several import in_turn

pytestmark = pytest.mark.needs("lightning")

HIDDEN = "model.hidden"
ROUNDS = [[{RATE: 0.1}], [{RATE: 0.2}], [{RATE: 0.3}]]


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """`begun(*overrides)` -> a run, and what goes on with its search; a pretended stack takes 6 seconds."""
    passed = [0.0]

    def monotonic():
        passed[0] += 0.001
        return passed[0]

    def pass_time(numbers):
        passed[0] += 6.0

    monkeypatch.setattr(conducting, "time", SimpleNamespace(monotonic=monotonic))

    def begin(*overrides):
        study = study_of(f"output.root={tmp_path}", *overrides)
        folds = fold_data(study)
        run = prepare(study, ["scripts/tune.py"], folds)
        directory = run.framework("lightning")

        def go_on(rounds=ROUNDS):
            """The oracle, the trials of each stack, and the numbers of all trials on record."""
            oracle, fit = Listed(*rounds), Pretended(pass_time)
            conducting.search(in_turn(fit), run.load_study(), folds, directory, lambda *_: oracle)
            run.done.touch()
            stacks = [sorted({number for number, _ in stack}) for stack in fit.stacks]
            return oracle, stacks, [trial.number for trial in read_trials(trials_file(directory))]

        return run, go_on

    return begin


def test_a_search_whose_minutes_are_over_goes_on_with_more_of_them(begun, capsys):
    run, go_on = begun("search.minutes=0.1")
    assert go_on()[1:] == ([[0, 1]], [0, 1])
    assert "search.minutes: 0.1 min are over, with 2 of 100 trials\n" in capsys.readouterr().err
    assert go_on()[1:] == ([], [0, 1])
    with pytest.raises(StudyError, match=r"search\.minutes: is 0\.1 and may only be raised, received 0\.05"):
        raise_budget(run, ["search.minutes=0.05"])
    assert run.done.is_file()
    raise_budget(run, ["search.minutes=0.2"])
    assert not run.done.exists()
    assert go_on()[1:] == ([[2]], [0, 1, 2])
    raise_budget(run, ["search.minutes=null"])
    capsys.readouterr()
    assert go_on()[1:] == ([[3]], [0, 1, 2, 3])
    assert "minutes" not in capsys.readouterr().err


def test_no_stack_of_a_round_begins_after_the_minutes_and_its_oracle_is_told_when_all_have_trained(begun):
    rounds = [[{HIDDEN: [8]}, {HIDDEN: [9]}, {RATE: 0.2}], [{RATE: 0.3}]]
    run, go_on = begun("search.minutes=0.15")
    oracle, stacks, numbers = go_on(rounds)
    assert (oracle.told, stacks, numbers) == ([], [[0, 3], [1]], [0, 1, 3])
    raise_budget(run, ["search.minutes=1"])
    oracle, stacks, numbers = go_on(rounds)
    assert (oracle.told, stacks, numbers) == ([[0, 1, 2, 3], [4]], [[2], [4]], [0, 1, 2, 3, 4])


def test_a_search_has_one_trial_at_least(begun):
    _, go_on = begun("search.minutes=1.0e-9")
    assert go_on()[1:] == ([[0, 1]], [0, 1])


def test_a_search_whose_trials_are_used_goes_on_with_more_of_them(begun):
    run, go_on = begun("search.trials=2")
    assert go_on()[1:] == ([[0, 1]], [0, 1])
    with pytest.raises(StudyError, match=r"search\.trials: is 2 and may only be raised, received 1"):
        raise_budget(run, ["search.trials=1"])
    raise_budget(run, ["search.trials=3"])
    assert go_on()[1:] == ([[2]], [0, 1, 2])


def test_the_trials_of_hyperband_are_divided_once(begun):
    run, _ = begun("search.oracle=hyperband", "training.max_epochs=9")
    with pytest.raises(StudyError, match="hyperband has divided 100 trials among its brackets"):
        raise_budget(run, ["search.trials=101"])
