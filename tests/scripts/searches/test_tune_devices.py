"""Searches on several devices and by launchers: the answer of one device, also if processes of them are killed."""

import os
import signal
import subprocess
import sys

import pytest
from processes import session_of, wait_until, workers_of

from configs.files.places import PROJECT
from configs.learners import offered
from evaluation.predictions import read_predictions
from experiment.search.trials_file import read_trials, trials_file

pytestmark = pytest.mark.slow

SPACE = "search.space={optimizer.learning_rate: {low: 0.001, high: 0.05, log: true}, model.hidden: [[8], [6]]}"
STUDY = (
    "folds.splits=4", "stack.size=3", "training.max_epochs=150", "training.early_stopping=null", "search.trials=5",
    "baselines=[naive_bayes, nearest_neighbours]", SPACE,
)  # fmt: skip
START = 300.0
"""Seconds in which the training begins on a machine that is busy with other tests."""
ONE_THREAD = {"LOKY_MAX_CPU_COUNT": "1"}


def command(*words):
    return [sys.executable, PROJECT / "scripts" / "tune.py", *map(str, words)]


def call(*words):
    done = subprocess.run(command(*words), env=os.environ | ONE_THREAD, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def on_one_device(only_run, tmp_path_factory):
    """The run of the search on one device, by learner."""
    known = {}

    def searched(framework):
        if framework not in known:
            root = tmp_path_factory.mktemp(framework)
            call(*STUDY, f"framework={framework}", f"output.root={root}")
            known[framework] = only_run(root)
        return known[framework]

    return searched


def assert_same(run, other, framework):
    one, two = ([trial._replace(seconds=0.0) for trial in read_trials(trials_file(found.framework(framework)))]
                for found in (run, other))  # fmt: skip
    assert one == two
    assert len({trial.values.get("model.hidden", [])[0] for trial in one if trial.values}) == 2  # several stacks
    for learner in (framework, "naive_bayes", "nearest_neighbours"):
        for file in ("predictions", "validation"):
            first, second = (read_predictions(getattr(found.framework(learner), file)) for found in (run, other))
            assert first.logits.tobytes() == second.logits.tobytes()
            assert first.row.tobytes() == second.row.tobytes()
    assert run.done.is_file()


def in_training(root):
    found = root.glob("*/*/*/groups/*/*/checkpoints/part_*/history.jsonl")
    return len([path for path in found if path.stat().st_size])


@pytest.mark.parametrize("framework", offered())
def test_a_search_on_two_devices_whose_worker_is_killed_is_that_of_one_device(
    on_one_device, only_run, tmp_path, framework
):
    words = (*STUDY, f"framework={framework}", f"output.root={tmp_path}", "training.devices=2")
    settings = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True, "env": os.environ | ONE_THREAD}
    with subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, **settings) as process:
        wait_until(lambda: in_training(tmp_path) >= 2, START)
        os.kill(max(workers_of(process, framework)), signal.SIGKILL)
        assert process.wait(START) == 0
        wait_until(lambda: not session_of(process))
        assert "was ended by SIGKILL; the others take over" in process.stderr.read()
    assert_same(only_run(tmp_path), on_one_device(framework), framework)


def test_if_its_parent_is_killed_a_search_on_two_devices_leaves_no_process_and_goes_on(
    on_one_device, only_run, tmp_path
):
    framework = offered()[0]
    words = (*STUDY, f"framework={framework}", f"output.root={tmp_path}", "training.devices=2")
    settings = {"stdout": subprocess.DEVNULL, "start_new_session": True, "env": os.environ | ONE_THREAD}
    with subprocess.Popen(command(*words), **settings) as process:
        wait_until(lambda: in_training(tmp_path) >= 2, START)
        process.kill()
        process.wait()
        wait_until(lambda: not session_of(process))
    run = only_run(tmp_path)
    assert not run.framework(framework).fits.is_file()
    call("--resume", run.root)
    assert_same(run, on_one_device(framework), framework)


@pytest.mark.parametrize("launcher", ["ray", "slurm"])
def test_a_search_by_a_launcher_is_that_of_one_device(on_one_device, only_run, tmp_path, launcher):
    framework = offered()[0]
    words = {"ray": ("training.devices=2",), "slurm": ("slurm.executor=local", "slurm.cores=1")}[launcher]
    call(*STUDY, f"framework={framework}", f"output.root={tmp_path}", f"launcher={launcher}", *words)
    run = only_run(tmp_path)
    assert_same(run, on_one_device(framework), framework)
    assert not (run.framework(framework).root / "slurm").exists()
