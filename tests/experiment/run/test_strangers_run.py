"""A run that somebody else has made, whose files and folders may be links to what is ours."""

import os
import shutil
from itertools import product

import pytest
from small import small

from experiment.conduct import conduct, prepare
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import code_of, describe
from experiment.run.run_directory import RunDirectory

pytestmark = pytest.mark.needs("lightning")

FILES = (
    ".lock", "hints.txt", "columns.json", "report.html", "report.md", "DONE", "lightning/.lock", "lightning/log.txt",
    "lightning/history.jsonl", "lightning/fits.json", "lightning/weights.safetensors", "lightning/metrics.json",
    "lightning/predictions.parquet", "lightning/validation.parquet", "lightning/trial.safetensors",
    "lightning/checkpoints/part_0000.safetensors",
)  # fmt: skip
FOLDERS = ("lightning", "lightning/checkpoints", "lightning/result")

LINKS = [
    *product(FILES, (False,)),
    *(pytest.param(name, True, marks=pytest.mark.slow) for name in FILES),
    *product(FOLDERS, (True,)),
]


@pytest.fixture
def run(tmp_path):
    study, _ = small(f"output.root={tmp_path / 'runs'}", "framework=lightning", "output.tensorboard=true")
    return prepare(study, ["train.py", "seed=0"])


@pytest.fixture
def ours(tmp_path):
    """A folder of ours, with a file, and one that is called like an event file."""
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "profile").write_text("mine")
    (folder / "events.out.tfevents.1").write_text("mine, too")
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def outcome_of(act, *arguments):
    """What a person reads, and the exit code."""
    try:
        return "", act(*arguments).exit_code
    except Exception as error:
        return describe(error, resumable=True), code_of(error)


@pytest.mark.parametrize(("name", "leads_somewhere"), LINKS)
def test_nothing_is_written_through_a_link(run, ours, frameworks, capsys, name, leads_somewhere):
    link, before = run.root / name, contents(ours)
    link.parent.mkdir(exist_ok=True, parents=True)
    link.symlink_to(ours if name in FOLDERS else ours / "profile" if leads_somewhere else ours / "not_there")
    frameworks()
    told, code = outcome_of(conduct, run)
    told += capsys.readouterr().err
    assert contents(ours) == before
    if code:
        assert code in (2, 74)
        assert f"{run.root}/" in told
        assert len(told.splitlines()) == 1
    else:
        assert run.done.is_file()
        assert not link.is_symlink()


@pytest.mark.parametrize("name", FOLDERS[2:])
def test_no_event_file_is_removed_through_a_link(run, ours, frameworks, name):
    frameworks()
    conduct(run)
    shutil.rmtree(run.root / name)
    (run.root / name).symlink_to(ours)
    before = contents(ours)
    told, code = outcome_of(judge_run, run)
    assert (told, code) == (
        f"{run.root / name}: is a link, and a run follows none; fix that, then start again or go on with --resume",
        74,
    )
    assert contents(ours) == before


def test_the_run_itself_may_be_a_link(run, frameworks, tmp_path):
    (tmp_path / "latest").symlink_to(run.root)
    frameworks()
    assert conduct(RunDirectory(tmp_path / "latest")).exit_code == 0
    assert run.done.is_file()


def test_the_folder_of_all_runs_may_be_a_link(tmp_path, frameworks):
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    study, _ = small(f"output.root={tmp_path / 'runs'}", "framework=lightning")
    frameworks()
    assert conduct(prepare(study, [])).exit_code == 0
    assert os.listdir(tmp_path / "disk") == [study.name]
