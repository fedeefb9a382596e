import pytest
from small import small

from configs.errors import StudyError
from experiment.run.exit_codes import ALREADY_RUNNING, RunError
from experiment.run.locks import locked
from experiment.run.marks.moving import move_run
from experiment.run.opening import create_run


@pytest.fixture
def run(tmp_path):
    return create_run(small(f"output.root={tmp_path}")[0])


def test_a_run_may_go_on_on_other_devices_and_is_the_same_study(run):
    before = run.load_study()
    move_run(run, ["training.devices=3", "launcher=slurm", "slurm.minutes=9", "training.accelerator=cpu"])
    study = run.load_study()
    assert (study.training.devices, study.launcher, study.slurm.minutes) == (3, "slurm", 9)
    moved = {"training": before.training, "launcher": before.launcher, "slurm": before.slurm}
    assert study.model_copy(update=moved) == before


def test_what_a_result_depends_on_is_refused_and_all_of_it_is_told(run):
    written = run.study.read_text()
    with pytest.raises(StudyError) as error:
        move_run(run, ["training.devices=2", "stack.size=3", "training.max_epochs=9"])
    assert [problem.partition(":")[0] for problem in error.value.problems] == [
        "override stack.size=3",
        "override training.max_epochs=9",
    ]
    with pytest.raises(StudyError, match=r"training\.devices=many"):
        move_run(run, ["training.devices=many"])
    assert run.study.read_text() == written


def test_a_run_that_is_in_progress_is_not_moved(run):
    with locked(run.root), pytest.raises(RunError) as error:
        move_run(run, ["training.devices=2"])
    assert error.value.code == ALREADY_RUNNING
