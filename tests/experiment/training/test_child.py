import json
import os
import signal
import sys
import warnings

import numpy as np
import pytest
from safetensors import safe_open
from small import small

from datamodules.folds.plan import Role
from evaluation.predictions import read_predictions
from experiment.conduct import prepare
from experiment.run.files.checkpoints import read_state, write_state
from experiment.run.locks import locked
from experiment.training.child import run_child
from experiment.training.fitting import fit_stacks

pytestmark = pytest.mark.needs("lightning")


@pytest.fixture
def run(tmp_path):
    study, _ = small(f"output.root={tmp_path}", "framework=lightning")
    return prepare(study, ["train.py"])


@pytest.fixture
def call(run, monkeypatch, pretend, let_through):
    def as_child(*flags, **settings):
        monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
        monkeypatch.setattr(sys, "argv", ["/project/lightning_mods/fit.py", str(run.root), *flags])
        check = settings.pop("check", let_through)
        framework = settings.pop("framework", None) or pretend(**settings)

        def fit(study, folds, directory, checked, interrupts, workers):
            return fit_stacks(study, folds, directory, framework, interrupts=interrupts)

        return run_child(fit, check, framework)

    return as_child


def raising(error):
    def framework(*_):
        raise error

    return framework


def test_a_child_leaves_weights_predictions_and_how_the_fits_went(run, call):
    assert call() == 0
    directory, folds = run.framework("lightning"), small()[1]
    assert not directory.checkpoints.exists()
    with safe_open(directory.weights, "numpy") as weights:
        assert {"output.kernel", "inputs.center", "inputs.scale", "inputs.fill", "inputs.keep"} <= set(weights.keys())
        assert {len(weights.get_tensor(name)) for name in weights.keys()} == {3}  # noqa: SIM118
        metadata = json.loads(weights.metadata()["twinfold"])
    assert metadata["members"] == [{"seed": 0, "repeat": 0, "fold": fold, "trial": 0} for fold in range(3)]
    assert (metadata["task"], metadata["classes"]) == ("binary", ["benign", "malignant"])
    assert metadata["columns"] == list(folds.table.columns)
    told = json.loads(directory.fits.read_text())
    assert [(fit["fold"], fit["best_epoch"], fit["epochs"]) for fit in told["members"]] == [(f, 2, 3) for f in range(3)]
    rows = folds.plan.rows_of(0, Role.train)
    assert told["members"][0]["train_rows"] == len(rows)
    assert told["members"][0]["train_targets"] == np.bincount(folds.table.targets[rows]).tolist()


@pytest.mark.parametrize(
    ("file", "roles"), [("predictions", (Role.scored, Role.test)), ("validation", (Role.validation,))]
)
def test_every_row_that_trains_no_weights_is_predicted_once_by_each_member(run, call, file, roles):
    call()
    predictions, (_, folds) = read_predictions(getattr(run.framework("lightning"), file)), small()
    assert set(predictions.role) == {role.name for role in roles}
    for index, member in enumerate(folds.members):
        own = predictions.of_member(*member[:3])
        for role in roles:
            rows = folds.plan.rows_of(index, role)
            np.testing.assert_array_equal(own.of_role(role.name).row, rows)
            np.testing.assert_array_equal(own.of_role(role.name).target, folds.table.targets[rows])


@pytest.mark.parametrize(("broken", "code"), [((1,), 1), ((0, 1, 2), 70)])
def test_failed_folds_are_saved_as_unknown_beside_the_others(run, call, broken, code):
    assert call(broken=broken) == code
    predictions = read_predictions(run.framework("lightning").predictions)
    for fold in range(3):
        logits = predictions.of_member(0, 0, fold).logits
        assert np.isnan(logits).all() if fold in broken else np.isfinite(logits).all()


@pytest.mark.parametrize(("dumb", "code"), [((1,), 1), ((0, 1, 2), 70)])
def test_a_fold_that_has_no_number_for_a_row_has_failed_and_keeps_what_it_says_of_the_others(run, call, dumb, code):
    assert call(dumb=dumb) == code
    predictions = read_predictions(run.framework("lightning").predictions)
    unknown = [int((~np.isfinite(predictions.of_member(0, 0, fold).logits)).sum()) for fold in range(3)]
    assert unknown == [int(fold in dumb) for fold in range(3)]


@pytest.mark.parametrize(
    ("error", "code"), [(ValueError("bad net"), 2), (OSError(28, "full", "x"), 74), (KeyError(1), 70)]
)
def test_an_error_is_a_line_and_a_code_and_with_debug_a_traceback(call, capsys, error, code):
    assert call(framework=raising(error)) == code
    quiet = capsys.readouterr().err
    assert quiet.startswith("lightning: ")
    assert quiet.count("\n") == 1
    assert call("--debug", framework=raising(error)) == code
    assert "Traceback" in capsys.readouterr().err


def test_a_net_that_is_refused_trains_nothing(call, run, capsys):
    assert call(check=raising(ValueError("nets/mine.py: mixes the rows"))) == 2
    assert capsys.readouterr().err == "lightning: nets/mine.py: mixes the rows\n"
    assert {path.name for path in run.framework("lightning").root.iterdir()} <= {".lock"}


def interrupt(epoch, session):
    if epoch == 1:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("lost", "added"),
    [("stack.weight", ""), ("rule.stale", ""), ("seconds", ""), ("", "stack.compaction.lanes"), ("seconds", "more")],
)
def test_a_state_of_another_version_is_a_line_with_its_file_and_changes_nothing(call, run, capsys, lost, added):
    assert call(after_epoch=interrupt) == 143
    directory = run.framework("lightning")
    (path,) = directory.checkpoints.glob("*_epoch_*")
    state = read_state(path)
    write_state(path, {name: array for name, array in (state | {added or lost: np.zeros(3)}).items() if name != lost})
    before = directory.history.read_bytes()
    capsys.readouterr()
    assert call() == 2
    found = ", ".join([f"no {lost}"] * bool(lost) + [f"an unknown {added}"] * bool(added))
    cause = f"was written by another version of this program (it has {found}); start a new run"
    assert capsys.readouterr().err == f"lightning: {path}: {cause}\n"
    assert directory.history.read_bytes() == before
    write_state(path, state)
    assert call() == 0


def test_a_process_that_still_trains_there_is_not_disturbed(run, call, capsys):
    with locked(run.framework("lightning").root):
        assert call() == 75
    assert "another process runs here" in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_told(call, run, capsys):
    run.folds.unlink()
    assert call() == 73
    assert "it has no folds.npz" in capsys.readouterr().err
