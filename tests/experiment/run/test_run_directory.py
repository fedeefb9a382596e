import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from configs.errors import StudyError
from configs.loading.loading import load_study
from experiment.run import opening
from experiment.run.exit_codes import ALREADY_RUNNING, CANNOT_CREATE, RunError
from experiment.run.locks import locked
from experiment.run.marks.study import trained_digest
from experiment.run.opening import create_run, open_run, remove_refused
from experiment.run.run_directory import RunDirectory

HOLD = "import sys; from pathlib import Path; from experiment.run.locks import locked\n"
HOLD += "with locked(Path(sys.argv[1])): print('mine', flush=True); sys.stdin.read()"


@pytest.fixture
def study(tmp_path):
    return load_study(None, [f"output.root={tmp_path / 'runs'}", "seed=7"])


def test_a_run_lies_under_its_study_and_can_be_read_back(study, tmp_path):
    run = create_run(study)
    assert run.root.parent == tmp_path / "runs" / "breast_cancer"
    assert run.load_study() == study


def test_a_label_stands_behind_the_time_so_that_runs_are_sorted_by_time(study):
    run = create_run(study.model_copy(update={"output": study.output.model_copy(update={"run": "baseline"})}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_baseline", run.root.name)
    assert RunDirectory(str(run.root)).load_study().output.run == "baseline"


@pytest.mark.parametrize("content", ["", "# nothing\n", "{}\n"])
def test_an_emptied_study_is_not_taken_for_the_default_one(study, content):
    run = create_run(study)
    run.study.write_text(content)
    with pytest.raises(StudyError, match=r"study\.yaml: is empty, so what was trained is not known; start a new run"):
        run.load_study(["evaluation.threshold=f1"])


def test_two_runs_in_one_second_have_a_directory_each(study, monkeypatch):
    class Frozen(opening.datetime):
        @classmethod
        def now(cls):
            return cls(2026, 1, 2, 3, 4, 5)

    monkeypatch.setattr(opening, "datetime", Frozen)
    names = [create_run(study).root.name for _ in range(3)]
    assert names == ["2026-01-02_03-04-05", "2026-01-02_03-04-05-2", "2026-01-02_03-04-05-3"]


def test_a_root_that_is_a_file_is_one_line_with_a_cure(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunError, match=r"no run directory can be made \(.+\); set output\.root") as error:
        create_run(load_study(None, [f"output.root={tmp_path / 'runs'}"]))
    assert error.value.code == CANNOT_CREATE
    assert str(tmp_path) in str(error.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_without_permission_is_one_line_with_a_cure(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match="Permission denied") as error:
        create_run(load_study(None, [f"output.root={tmp_path / 'runs'}"]))
    assert error.value.code == CANNOT_CREATE


def test_what_is_not_a_run_is_named(study, tmp_path):
    with pytest.raises(RunError, match=r"is not a run directory \(it has no study\.yaml, folds\.npz, env") as error:
        open_run(tmp_path)
    assert error.value.code == CANNOT_CREATE
    with pytest.raises(RunError, match=r"it has no folds\.npz, environment\.json"):
        open_run(create_run(study).root)


def test_a_lock_keeps_another_process_out_until_it_dies(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "mine\n"
    with pytest.raises(RunError, match="another process runs here") as error, locked(Path(tmp_path)):
        pytest.fail("locked twice")
    assert error.value.code == ALREADY_RUNNING
    holder.kill()
    holder.communicate()
    with locked(Path(tmp_path)):
        pass


def test_a_study_of_one_seed_has_the_digest_that_it_had_before_there_were_several():
    old = {"seed": 3, "folds": {"method": "kfold", "splits": 5}}
    new = {"seed": 3, "seeds": 1, "folds": {"method": "kfold", "splits": 5, "seed": None}}
    assert trained_digest(new) == trained_digest(old)
    assert len({trained_digest(new | {"seeds": seeds}) for seeds in (1, 2, 3)}) == 3
    assert trained_digest(new | {"folds": new["folds"] | {"seed": 3}}) != trained_digest(old)


def test_a_run_whose_networks_were_refused_is_removed_and_the_folder_of_its_study_if_that_is_empty(study):
    other, run = create_run(study), create_run(study)
    for name in (".lock", "log.txt", "trial.safetensors"):
        (run.framework("lightning").root / name).touch()
    (run.framework("svm").root / "fits.json").touch()
    remove_refused(run, ["lightning", "tensorflow"])
    assert other.study.is_file()
    assert not run.root.exists()
    remove_refused(other, ["lightning"])
    assert not other.root.parent.exists()


@pytest.mark.parametrize("name", ["history.jsonl", "checkpoints", "predictions.parquet"])
def test_a_run_in_which_a_network_has_begun_is_kept_and_one_of_baselines_alone(study, name):
    run = create_run(study)
    (run.framework("tensorflow").root / name).touch()
    remove_refused(run, ["lightning", "tensorflow"])
    remove_refused(run, [])
    assert run.load_study() == study
