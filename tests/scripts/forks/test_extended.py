"""The proof of the page on extending: whatever a person adds is a new file, and a study takes all of them at once."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from configs.files.places import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.both_rooms]
PAGE = (PROJECT / "docs" / "extend.md").read_text()
FILES = dict(re.findall(r"^```python\n# ([\w/]+\.py)\n(.*?)^```$", PAGE, re.M | re.S))
MOST_LINES = 40
KINDS = (
    "datamodules/datasets",
    "evaluation/metrics",
    "experiment/rules/schedules",
    "sklearn_models/baselines",
    *(
        f"{room}/{kind}"
        for room in ("lightning_mods", "tf_models")
        for kind in ("nets", "losses", "optimizers", "callbacks")
    ),
)


def named(kind: str) -> str:
    """The name of the page's file of a kind."""
    (name,) = {Path(file).stem for file in FILES if str(Path(file).parent) == kind}
    return name


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project under git, with the files of the page."""
    folder = tmp_path_factory.mktemp("extended") / "project"
    left = shutil.ignore_patterns(
        ".git", ".venv*", "runs", "data", "tests", "docs", "benchmarks", "__pycache__", "*.egg-info"
    )
    shutil.copytree(PROJECT, folder, ignore=left)
    for environment in PROJECT.glob(".venv-*"):
        (folder / environment.name).symlink_to(environment)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    for file, body in FILES.items():
        (folder / file).write_text(body)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_adds_one_short_file_of_each_kind(kind):
    (body,) = [body for file, body in FILES.items() if str(Path(file).parent) == kind]
    assert len(body.splitlines()) < MOST_LINES


def test_nothing_but_new_files_is_there(copy):
    words = ["git", "-C", str(copy), "status", "--porcelain", "--untracked-files=all"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    new = {line.removeprefix("?? ") for line in told}
    assert {line[:2] for line in told} == {"??"}
    assert {file for file in new if file.endswith(".py")} == {*FILES}


def test_a_study_with_all_of_them_trains_in_both_frameworks_to_the_same_weights(copy):
    metric = named("evaluation/metrics")
    settings = [
        "name=all",
        f"data.source={named('datamodules/datasets')}",
        f"model={{net: {named('lightning_mods/nets')}}}",
        f"training.loss={named('lightning_mods/losses')}",
        f"optimizer={{name: {named('lightning_mods/optimizers')}, schedule: {named('experiment/rules/schedules')}}}",
        f"training.callbacks=[{named('lightning_mods/callbacks')}]",
        f"training.early_stopping.monitor={metric}",
        f"evaluation.metrics=[{metric}]",
        "training.max_epochs=4",
        "folds.splits=3",
        f"baselines=[{named('sklearn_models/baselines')}]",
    ]
    command = [sys.executable, "scripts/train.py", *settings]
    said = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    (run,) = (copy / "runs" / "all").iterdir()
    one, other = (load_file(run / name / "weights.safetensors") for name in ("lightning", "tensorflow"))
    assert one.keys() == other.keys()
    for name, weights in one.items():
        np.testing.assert_allclose(weights, other[name], atol=1e-4, err_msg=name)
    assert metric in said.stdout
