"""A net of one's own, in a copy of the project: what is wrong with either twin is told before anything trains."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from configs.files.places import PROJECT
from experiment.run.run_directory import RunDirectory

pytestmark = pytest.mark.slow

ROOMS = ("configs", "datamodules", "evaluation", "reporting", "experiment", "lightning_mods", "tf_models", "scripts")
TWINS = ("lightning_mods/nets/mlp.py", "tf_models/nets/mlp.py")
DIFFERENT = (
    "the twins of net 'mine' have different parameters: output.kernel (64, 1), output.bias (1,) | last.kernel (64, 1), "
)


@pytest.fixture
def write_twins(tmp_path):
    """`write_twins(lightning=(old, new), tensorflow=(old, new))` writes a net `mine`: `mlp` but for these words."""
    for room in ROOMS:
        shutil.copytree(PROJECT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for environment in PROJECT.glob(".venv-*"):
        (tmp_path / environment.name).symlink_to(environment)

    def write(**edits):
        for file, framework in zip(TWINS, ("lightning", "tensorflow"), strict=True):
            source, (old, new) = (PROJECT / file).read_text(), edits.get(framework, ("", ""))
            assert old in source
            (tmp_path / file).with_name("mine.py").write_text(source.replace(old, new) if old else source)

    return write


def call(folder: Path, *words: str) -> subprocess.CompletedProcess:
    settings = ("model.net=mine", "baselines=[]", "training.max_epochs=1", "output.tensorboard=false", "folds.splits=3")
    command = [sys.executable, "scripts/train.py", *settings, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def runs(folder: Path) -> list[RunDirectory]:
    return [RunDirectory(path) for path in folder.glob("runs/*/*")]


def test_mistakes_of_both_twins_are_told_at_once(write_twins, tmp_path):
    mixing = ("self.output(inputs)", "self.output(inputs - inputs.mean(0))")
    write_twins(lightning=mixing, tensorflow=("outputs, name", "outputs + 1, name"))
    for words in (("--dry-run",), ()):
        said = call(tmp_path, *words)
        assert said.returncode == 2
        assert "lightning: lightning_mods/nets/mine.py: mixes the rows of a batch" in said.stderr
        assert "tensorflow: tf_models/nets/mine.py: gives (2, 2) for 2 rows, and must give (2, 1)" in said.stderr
        assert "Traceback" not in said.stderr
        assert not (tmp_path / "runs" / "breast_cancer").exists()


def test_a_keras_twin_with_another_name_is_refused_before_lightning_trains(write_twins, tmp_path):
    write_twins(tensorflow=('name="output"', 'name="last"'))
    for words in (("--dry-run",), ()):
        said = call(tmp_path, *words)
        assert (said.returncode, said.stderr.count(DIFFERENT)) == (2, 1)
        assert not runs(tmp_path)
    write_twins()
    assert call(tmp_path, "--dry-run").stdout.endswith(
        "net 'mine': 6,209 weights, checked in lightning and tensorflow\n"
    )
    again = call(tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    (run,) = runs(tmp_path)
    assert "do not agree" not in again.stdout + (run.root / "report.md").read_text()


def test_twins_that_compute_something_else_are_told_below_the_table_and_in_the_report(write_twins, tmp_path):
    write_twins(tensorflow=("drop(act(dense(inputs))", "drop(1.01 * act(dense(inputs))"))
    said = call(tmp_path)
    assert said.returncode == 0
    told = "the two frameworks do not agree: with the same weights, the outputs of the twins of net 'mine' differ by"
    files = "; compare lightning_mods/nets/mine.py with tf_models/nets/mine.py"
    (run,) = runs(tmp_path)
    report = (run.root / "report.md").read_text().replace("\\", "")
    for words in (told, files):
        assert words in said.stdout
        assert words in report
    assert said.stdout.index(told) < said.stdout.index("results  ")


def edit(file: Path, old: str, new: str) -> None:
    source = file.read_text()
    assert old in source
    file.write_text(source.replace(old, new))


def test_a_loss_or_an_optimizer_of_one_framework_alone_is_told_before_anything_trains(write_twins, tmp_path):
    write_twins()
    assert "do not agree" not in call(tmp_path, "--dry-run").stdout
    edit(tmp_path / "tf_models" / "optimizers" / "adam.py", "correction + epsilon", "correction + 3e-4")
    assert "the optimizer's step differs" in call(tmp_path, "--dry-run").stdout
    power = "tf.exp(-gamma * tf.nn.softplus(-against))"
    edit(tmp_path / "tf_models" / "losses" / "focal.py", power, f"{power} ** 2")
    said = call(tmp_path, "--dry-run", "training.loss=focal").stdout
    assert "the loss differs by 0." in said
    assert "compare lightning_mods/losses/focal.py with tf_models/losses/focal.py" in said


def test_a_schedule_of_one_framework_alone_is_told_with_the_epoch_in_which_it_sets_in(write_twins, tmp_path):
    write_twins()
    constant = 'self.param_groups[0]["lr"], dtype=torch.float64)'
    edit(
        tmp_path / "lightning_mods" / "stack" / "optimizer.py",
        f'torch.full_like(self.slots["steps"], {constant}',
        f'torch.full_like(self.slots["steps"], {constant} * (0.1 if self.slots["steps"].max() > 40 else 1.0)',
    )
    said = call(tmp_path, "training.max_epochs=10", "training.steps_per_execution=1")
    assert said.returncode == 0, said.stderr
    (run,) = runs(tmp_path)
    told = "from epoch 4 on the training losses differ by"
    assert told in said.stdout
    report = (run.root / "report.md").read_text()
    assert told in report
    assert "precision=64" not in report
