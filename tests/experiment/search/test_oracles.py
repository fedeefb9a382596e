"""The oracles of a search, held to keras-tuner used directly and to scikit-learn's grid; results are made up."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.search.space import study_at
from evaluation.search.trial import Trial
from experiment.run.exit_codes import RunError
from experiment.search.oracles import make_oracle, tuner_process
from experiment.search.oracles.hyperband import brackets, sizes, total
from experiment.search.oracles.tuner_process import lease
from experiment.search.space import check_space

ROOT = Path(__file__).resolve().parents[3]
# Its Gaussian process takes seconds.
BAYESIAN = pytest.param("bayesian", marks=pytest.mark.slow)
SPACE = "{model.dropout: {low: 0, high: 0.5}, training.batch_size: {low: 8, high: 64}, model.activation: [relu, selu]}"
NARROW = "{model.dropout: {low: 0, high: 0.5}}"
needs_tuner = pytest.mark.skipif(tuner_process.find_spec("keras_tuner") is None, reason="keras-tuner is not installed")
DIRECT = """
import json, sys, tempfile
import keras_tuner
from keras_tuner import oracles
asked = json.loads(sys.argv[1])
space = keras_tuner.HyperParameters()
space.Float("model.dropout", 0.0, 0.5)
space.Int("training.batch_size", 8, 64)
space.Choice("model.activation", ["relu", "selu"])
names = {"random": oracles.RandomSearchOracle, "bayesian": oracles.BayesianOptimizationOracle}
oracle = names[asked["oracle"]](keras_tuner.Objective("o", "min"), 100, hyperparameters=space, seed=asked["seed"])
oracle._set_project_dir(tempfile.mkdtemp(), "direct")
oracle.verbose, found = 0, []
for size in asked["rounds"]:
    trials = [oracle.create_trial(str(index)) for index in range(size)]
    found += [trial.hyperparameters.values for trial in trials]
    for trial in trials:
        oracle.update_trial(trial.trial_id, {"o": trial.hyperparameters.values["model.dropout"]})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
print(json.dumps(found))
"""


def study_of(oracle: str, *overrides: str, space: str = SPACE):
    return load_study(None, [f"search={{space: {space}, oracle: {oracle}}}", *overrides])


def trial(values, objective, number=0):
    values_of = objective if isinstance(objective, tuple) else (objective,)
    whole = tuple(range(len(values_of)))
    return Trial(number, values, whole, 0, "done", "", values_of, whole, whole, 1, 1.0, {})


def told(oracle, rounds, objective=lambda values: values["model.dropout"], first=()):
    """The proposals of some rounds, each told with its objective; the trials `first` are those of the first round."""
    found = []
    for number in range(rounds):
        proposals = oracle.ask() if number else oracle.begin([one.values for one in first])
        found.append([dict(one.values) for one in proposals])
        known = () if number else first
        if known or proposals:
            oracle.tell([*known, *(trial(one.values, objective(one.values)) for one in proposals)])
    return found


def begun(oracle, trials):
    """The proposals after the first round, which had these `trials` and random ones that have failed."""
    drawn = oracle.begin([one.values for one in trials])
    oracle.tell([*trials, *(trial(one.values, None) for one in drawn)])
    return oracle.ask()


@pytest.fixture
def made():
    """`made(study, fold)` is an oracle that is closed at the end; all share a process."""
    oracles = []

    def make(study, fold=None):
        oracles.append(make_oracle(study, fold))
        return oracles[-1]

    yield make
    for oracle in oracles:
        oracle.close()


@pytest.fixture(scope="module", autouse=True)
def one_process():
    """One process of keras-tuner for all tests of this module: its import takes seconds."""
    if tuner_process.find_spec("keras_tuner") is None:
        yield None
        return
    process = lease()
    process.users += 1
    yield process
    process.release()


@pytest.mark.slow
@needs_tuner
@pytest.mark.parametrize(("oracle", "rounds"), [("random", [64]), ("bayesian", [9, 6])])
def test_an_oracle_proposes_what_keras_tuner_itself_proposes(made, monkeypatch, oracle, rounds):
    seeds = []
    monkeypatch.setattr(type(lease()), "open", spied(type(lease()).open, seeds))
    found = [values for one in told(made(study_of(oracle)), len(rounds)) for values in one]
    asked = json.dumps({"oracle": oracle, "rounds": rounds, "seed": seeds[0]["seed"]})
    environment = os.environ | {"KERAS_BACKEND": tuner_process.backend(), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", DIRECT, asked], env=environment, capture_output=True, check=True)
    direct = json.loads(done.stdout.decode().splitlines()[-1])
    assert [one["model.activation"] for one in found] == [one["model.activation"] for one in direct]
    assert [one["training.batch_size"] for one in found] == [one["training.batch_size"] for one in direct]
    ours, theirs = ([one["model.dropout"] for one in values] for values in (found, direct))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def spied(method, seen):
    def call(self, made):
        seen.append(made)
        return method(self, made)

    return call


@needs_tuner
@pytest.mark.parametrize("oracle", ["random", BAYESIAN, "hyperband"])
def test_an_oracle_is_a_function_of_the_study_the_fold_and_what_it_was_told(made, oracle):
    study = study_of(oracle, "search.trials=40", "training.max_epochs=9", space=NARROW)
    first = [trial({}, 0.3), *(trial({"model.dropout": value}, value) for value in (0.1, 0.45))]
    one, again, other = (told(made(study, fold), 2, first=first) for fold in (0, 0, 1))
    assert one == again != other
    assert told(made(study_of(oracle, "search.trials=40", "seed=1", space=NARROW), 0), 2, first=first) != one


@needs_tuner
def test_what_is_drawn_without_a_result_is_the_first_round(made):
    """keras-tuner draws three settings for each key before its Gaussian process; those that are given count."""
    study, given = study_of("bayesian"), [{}, {"model.dropout": 0.4}, {"training.batch_size": 128}]
    for settings, drawn in [([], 9), (given[:1], 8), (given, 7), ([{"model.dropout": n / 20} for n in range(10)], 0)]:
        assert len(made(study).begin(settings)) == drawn  # a batch of 128 is not in the space
    one, other = made(study), made(study)
    first, again = one.begin(given), other.begin(given)
    assert first == again
    one.tell([trial(values, 1.0) for values in (*given, *(each.values for each in first))])
    other.tell([trial(values, 2.0) for values in (*given, *(each.values for each in first))])
    assert len(one.ask()) == len(other.ask()) == 6


@needs_tuner
def test_a_search_of_before_whose_random_settings_were_asked_after_the_study_as_written_has_the_same(made):
    """Trials of that time are on record; keras-tuner itself is asked as it was then."""
    study = study_of("random", space=NARROW)
    now = made(study).begin([{}])
    process, before = lease(), made(study)
    (written,) = process.call(begin=before.number, given=[{"model.dropout": 0.2}], most=0)["given"]
    process.call(tell=before.number, results=[[written, 0.3]])
    then = process.call(ask=before.number, most=64)["proposals"]
    assert [one["trial"] for one in then] == [one.oracle["trial"] for one in now]
    assert [float(f"{one['values']['model.dropout']:.6g}") for one in then] == [
        one.values["model.dropout"] for one in now
    ]


@needs_tuner
@pytest.mark.parametrize("oracle", ["random", BAYESIAN])
def test_more_trials_do_not_change_those_that_were_proposed(made, oracle):
    few, many = (told(made(study_of(oracle, f"search.trials={trials}")), 2) for trials in (5, 500))
    assert few == many


@needs_tuner
@pytest.mark.parametrize("oracle", ["random", BAYESIAN, "hyperband"])
def test_every_proposal_is_a_valid_study_and_none_comes_twice(made, oracle):
    space = SPACE[:-1] + ", optimizer.name: [adam, sgd], model.hidden: [[], [8], [8, 8]], "
    space += "optimizer.momentum: {low: 0.5, high: 0.9, step: 0.2, when: {optimizer.name: sgd}}}"
    study = study_of(oracle, "search.trials=60", "training.max_epochs=9", space=space)
    found = [values for one in told(made(study), 3) for values in one]
    for values in found:
        assert ("optimizer.momentum" in values) == (values["optimizer.name"] == "sgd")
        assert study_at(study, values).optimizer.name == values["optimizer.name"]
    assert len({json.dumps(values) for values in found}) == len(found) >= 18


@needs_tuner
@pytest.mark.parametrize("oracle", ["random", BAYESIAN])
def test_a_small_space_is_tried_wholly_and_then_the_search_ends(made, oracle):
    study = study_of(oracle, space="{model.activation: [relu, selu, tanh], training.batch_size: [8, 16, 32]}")
    rounds = told(made(study), 5, objective=lambda values: values["training.batch_size"], first=[trial({}, 1.0)])
    found = [values for one in rounds for values in one]
    assert len({json.dumps(values) for values in found}) == len(found) == 8
    assert {"model.activation": "relu", "training.batch_size": 32} not in found  # the study as written
    assert rounds[-1] == []
    assert check_space(study) == ["search.space: has 10 settings at most, fewer than trials=24"]


@needs_tuner
def test_an_objective_that_is_not_finite_neither_wins_nor_moves_the_gaussian_process(made):
    """Without the bad trials the next proposals are the same."""
    good = [trial({"model.dropout": value}, 1 + 10 * (value - 0.3) ** 2) for value in (0.0, 0.1, 0.25, 0.4)]
    bad = [trial({"model.dropout": 0.05}, (0.1, value)) for value in (math.inf, -math.inf, math.nan, None)]
    clean, poisoned = (made(study_of("bayesian", space=NARROW)) for _ in range(2))
    assert [one.values for one in begun(clean, good)] == [one.values for one in begun(poisoned, [*good, *bad])]


@needs_tuner
@pytest.mark.parametrize(("objective", "best"), [("loss", 0.5), ("auroc", 0.0)])
def test_the_direction_of_the_objective_is_that_of_its_metric(made, objective, best):
    """An objective that falls with the dropout: the process looks where it is low, or where it is high."""
    oracle = made(study_of("bayesian", f"search.objective={objective}", space=NARROW))
    trials = [trial({"model.dropout": value}, 1.0 - value) for value in np.linspace(0.01, 0.49, 21).round(3)]
    assert begun(oracle, trials)[0].values["model.dropout"] == pytest.approx(best, abs=0.1)


@needs_tuner
def test_a_failed_trial_has_no_influence_on_random_draws_and_a_thousand_of_them_do_not_stop_it(made):
    study = study_of("random")
    assert told(made(study), 3, objective=lambda values: None) == told(made(study), 3)


@needs_tuner
def test_hyperband_trains_the_best_of_a_rung_with_more_epochs_up_to_those_of_the_study(made):
    study = study_of("hyperband", "search.trials=60", "training.max_epochs=27", "search.objective=auroc")
    rounds = told(made(study), 20, first=[trial({}, 0.5)])
    rungs = {}
    for values in (values for one in rounds for values in one):
        rungs.setdefault(values["training.max_epochs"], []).append(values)
    assert sorted(rungs) == [1, 3, 9, 27]
    assert 50 < sum(map(len, rungs.values())) <= 59
    best = sorted(rungs[1], key=lambda values: -values["model.dropout"])
    promoted = [{**values, "training.max_epochs": 3} for values in best[: sizes(27, 59)[3][1]]]
    assert all(values in rungs[3] for values in promoted)
    assert rounds[0][0] == {
        "model.dropout": 0.2, "training.batch_size": 32, "model.activation": "relu", "training.max_epochs": 1
    }  # the study as written  # fmt: skip


@needs_tuner
def test_a_rung_of_hyperband_goes_on_without_those_that_failed(made):
    study = study_of("hyperband", "search.trials=40", "training.max_epochs=9")
    failing = lambda values: math.nan if values["model.dropout"] > 0.1 else values["model.dropout"]  # noqa: E731
    every, some = told(made(study), 20), told(made(study), 20, objective=failing)
    assert list(map(len, every)) == list(map(len, some))
    last = [values for one in some for values in one][-1]
    assert last["training.max_epochs"] == 9
    assert last["model.dropout"] <= 0.1


@pytest.mark.parametrize(("max_epochs", "trials"), [(200, 254), (200, 60), (27, 20), (9, 7), (1, 5)])
def test_rungs_have_at_most_so_many_trials_and_shrink_by_the_factor(max_epochs, trials):
    found = sizes(max_epochs, trials)
    assert len(found) == brackets(max_epochs) == 1 + math.floor(math.log(max_epochs, 3) + 1e-9)
    assert [len(bracket) for bracket in found] == list(range(1, len(found) + 1))
    assert total(found) <= trials
    for bracket in found:
        assert all(a >= b >= max(1, a // 3 - 1) for a, b in pairwise(bracket))


def test_hyperband_says_how_many_trials_it_needs():
    if tuner_process.find_spec("keras_tuner") is None:
        pytest.skip("keras-tuner is not installed")
    with pytest.raises(StudyError, match=r"hyperband needs 16 at least for training\.max_epochs=200; received 12"):
        check_space(study_of("hyperband", "search.trials=12"))


GRID = "{model.activation: [relu, selu], training.batch_size: {low: 8, high: 64, step: 2, log: true}}"


def test_a_grid_is_scikit_learns_in_an_order_of_its_seed(made):
    theirs = ParameterGrid({"model.activation": ["relu", "selu"], "training.batch_size": [8, 16, 32, 64]})
    one, again, other = (
        told(made(study_of("grid", f"seed={seed}", space=GRID)), 2, lambda _: 1.0) for seed in (0, 0, 1)
    )
    assert one == again != other
    key = lambda values: json.dumps(values, sort_keys=True)  # noqa: E731
    assert sorted(map(key, one[0])) == sorted(map(key, other[0])) == sorted(map(key, theirs))
    assert one[1] == []


def test_a_grid_leaves_out_what_is_known_and_says_what_it_leaves_out(made):
    study = study_of("grid", "search.trials=6", "search.enqueue=[{training.batch_size: 8}]", space=GRID)
    known = [trial({}, 1.0), trial({"training.batch_size": 8}, 1.0)]
    (found,) = told(made(study), 1, lambda _: 1.0, first=known)
    assert len(found) == 6
    assert {"model.activation": "relu", "training.batch_size": 32} not in found
    assert check_space(study) == ["search.trials: 2 settings of the grid are left out by trials=6"]


def test_a_grid_drops_keys_whose_conditions_do_not_hold_and_tries_what_is_left_once(made):
    space = "{optimizer.name: [adam, sgd], optimizer.momentum: {choices: [0.5, 0.9], when: {optimizer.name: sgd}}}"
    ((first, *others), _) = told(made(study_of("grid", space=space)), 2, lambda _: 1.0)
    assert len(others) == 2
    assert {"optimizer.name": "adam"} in (first, *others)


def test_a_grid_of_real_numbers_is_refused_in_a_line():
    with pytest.raises(StudyError, match=r"'model\.dropout' is a range of real numbers, of which a grid needs a step"):
        check_space(study_of("grid"))


def test_without_keras_tuner_a_line_says_what_to_install(monkeypatch):
    import experiment.search.space as space

    monkeypatch.setattr(space, "find_spec", lambda name: None)
    monkeypatch.setattr(tuner_process, "find_spec", lambda name: None)
    with pytest.raises(
        StudyError, match=r"pip install -e \.\[tune\], or set search\.oracle=grid, which needs no package"
    ):
        check_space(study_of("random"))
    with pytest.raises(
        RunError, match=r"keras-tuner is not installed for .*; run `make setup`, or set search\.oracle="
    ):
        tuner_process.TunerProcess()
    assert check_space(study_of("grid", "search.trials=8", space=GRID)) == []
    assert check_space(study_of("grid", space=GRID)) == ["search.space: has 8 settings at most, fewer than trials=24"]


@needs_tuner
def test_the_backend_is_the_framework_that_is_installed(monkeypatch):
    for there, expected in ((["torch", "tensorflow"], "torch"), (["tensorflow"], "tensorflow")):
        known = ["keras_tuner", *there]
        monkeypatch.setattr(tuner_process, "find_spec", lambda name, known=known: name in known or None)
        assert tuner_process.backend() == expected
    monkeypatch.setattr(tuner_process, "find_spec", lambda name: name == "keras_tuner" or None)
    with pytest.raises(RunError, match=r"keras-tuner needs torch or TensorFlow; set search\.oracle=grid"):
        tuner_process.backend()


@needs_tuner
@pytest.mark.skipif(tuner_process.find_spec("torch") is None, reason="torch is not installed")
def test_with_torch_the_oracles_import_no_tensorflow():
    code = "import sys, experiment.search.oracles.tuner_oracles as _; print(*(n in sys.modules for n in sys.argv[1:]))"
    environment = os.environ | {"KERAS_BACKEND": tuner_process.backend(), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, "tensorflow", "torch"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


@needs_tuner
def test_one_process_serves_all_oracles_writes_no_file_and_ends_with_the_last(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = study_of("random")
    oracles = [made(study, fold) for fold in range(3)]
    assert {id(oracle.process) for oracle in oracles} == {id(lease())}
    assert len({json.dumps([dict(one.values) for one in oracle.begin([])]) for oracle in oracles}) == 3
    place = Path(f"/proc/{lease().process.pid}")
    if place.exists():
        assert (place / "cwd").resolve() == tmp_path or not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


ASKING = """
import sys, time
from configs.loading.loading import load_study
from experiment.search.oracles import make_oracle
oracle = make_oracle(load_study(None, ["search={space: {model.dropout: {low: 0, high: 0.5}}}"]))
print(len(oracle.begin([])), oracle.process.process.pid, flush=True)
time.sleep(60)
"""


@needs_tuner
@pytest.mark.slow
def test_the_process_ends_when_the_one_that_asks_is_killed_and_not_by_its_signals():
    asking = subprocess.Popen([sys.executable, "-c", ASKING], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    proposals, process = map(int, asking.stdout.readline().split())
    assert proposals == 64
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(process, number)
    time.sleep(0.5)
    os.kill(process, 0)  # it is there
    asking.kill()
    asking.wait()
    for _ in range(100):
        if not Path(f"/proc/{process}").exists() or "Z" in Path(f"/proc/{process}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    raise AssertionError("the process of keras-tuner outlives the one that asked it")


@needs_tuner
def test_a_process_that_has_ended_is_an_error_in_a_line(made):
    process = tuner_process.TunerProcess()
    process.process.kill()
    process.process.wait()
    with pytest.raises(RunError, match=r"keras-tuner's process has ended: .*; run again"):
        process.call(ask=1, most=1)
    process.users = 1
    process.release()
