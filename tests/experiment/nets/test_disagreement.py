"""What twins compute alike is compared piece by piece; the first piece that differs is named with its files."""

import json

import numpy as np
import pytest
from small import small

from experiment.nets.disagreement import disagreement, unequal_nets
from experiment.nets.layout import Layout
from experiment.nets.net_check import SAMPLED, NetCheck, sampled_update
from experiment.nets.twins import keep_net_check
from experiment.run.run_directory import RunDirectory

LAYOUT = Layout(("output.kernel", "output.bias"), ((8, 1), (1,)))
RANDOM = np.random.default_rng(0)
ANSWERS = RANDOM.normal(size=(2, 2, 8, 1)).astype(np.float32)
LOSSES, GRADIENTS = np.array([0.7, 0.5]), RANDOM.normal(size=(2, 9))
KEYS = [[0, 0, fold, 0] for fold in range(3)]
MOVES = -0.001 * np.sign(GRADIENTS)


def checked(answers=ANSWERS, losses=LOSSES, gradients=GRADIENTS, moves=MOVES):
    return NetCheck(LAYOUT, answers, sampled_update(LAYOUT, losses, gradients, moves))


def said(**other):
    return unequal_nets({"lightning": checked(), "tensorflow": checked(**other)}, small("framework=both")[0])


@pytest.mark.parametrize(
    ("precision", "apart", "found"),
    [(32, 1e-6, ""), (32, 1e-3, "0.001"), (64, 1e-3, "0.001"), ("bf16", 1e-2, ""), ("bf16", 0.5, "0.5")],
)
def test_twins_that_answer_otherwise_are_told_with_their_files(precision, apart, found):
    study, _ = small("framework=both", f"training.precision={precision}")
    for modes in ((1,), (0, 1), (0,)):
        answers = ANSWERS.copy()
        answers[list(modes)] *= 1 - apart
        told = unequal_nets({"lightning": checked(), "tensorflow": checked(answers)}, study)
        assert bool(told) == bool(found)
        if told:
            assert told.startswith(
                "the two frameworks do not agree: with the same weights, the outputs of the twins of net 'mlp'"
            )
            assert f"differ by {found} of the largest" in told
            assert ("in training, where dropout is on" in told) == (modes == (0,))
            assert told.endswith("; compare lightning_mods/nets/mlp.py with tf_models/nets/mlp.py")


def test_equal_twins_agree_up_to_rounding():
    rounded = 1 + 1e-6 * RANDOM.normal(size=(2, 9))
    assert said(losses=LOSSES * 1.000001, gradients=GRADIENTS * rounded, moves=MOVES * rounded) == ""


def test_another_loss_is_told_with_the_file_of_the_losses():
    told = said(losses=LOSSES * 0.8, gradients=GRADIENTS * 0.8)
    assert "the loss differs by 0.2 of it; compare lightning_mods/losses with tf_models/losses" in told


def test_a_gradient_that_stops_at_one_parameter_is_told():
    stopped = GRADIENTS.copy()
    stopped[:, 8] = 0.0
    assert "with the same weights, rows and loss, the gradient differs by 1 of it" in said(gradients=stopped)


def test_another_step_is_told_with_the_file_of_the_optimizers():
    told = said(moves=MOVES * 0.9)
    assert "the optimizer's step differs by 0.1 of it; compare lightning_mods/optimizers/adam.py" in told


def test_where_rounding_decides_the_direction_of_adam_nothing_is_said():
    noise = GRADIENTS.copy()
    noise[:, 8] = 1e-9
    other = noise.copy()
    other[:, 8] = -1e-9
    moved = {"lightning": noise, "tensorflow": other}
    nets = {name: checked(gradients=array, moves=-0.001 * np.sign(array)) for name, array in moved.items()}
    assert unequal_nets(nets, small("framework=both")[0]) == ""


def test_a_step_that_is_infinite_in_one_framework_alone_is_told():
    assert "the optimizer's step differs by inf" in said(moves=np.full((2, 9), np.inf))
    both = {name: checked(moves=np.full((2, 9), np.nan)) for name in ("lightning", "tensorflow")}
    assert unequal_nets(both, small("framework=both")[0]) == ""


def test_a_large_parameter_is_compared_in_some_of_its_numbers():
    layout = Layout(("big.kernel",), ((300, 300),))
    flat = RANDOM.normal(size=(2, 90_000))
    kept = sampled_update(layout, LOSSES, flat, flat).moves["big.kernel"]
    assert SAMPLED / 2 < kept.shape[1] <= SAMPLED
    assert np.isin(kept, flat).all()


def test_one_framework_alone_has_nobody_to_agree_with(tmp_path):
    run = RunDirectory(tmp_path)
    keep_net_check(checked(), run.framework("lightning").net_check)
    assert disagreement(run, small()[0]) == ""


@pytest.mark.both_rooms
@pytest.mark.parametrize(("precision", "told"), [(32, True), (64, True), ("bf16", False)])
def test_a_training_that_parts_in_a_jump_is_told_with_its_epoch(tmp_path, precision, told):
    run, (study, _) = RunDirectory(tmp_path), small("framework=both", f"training.precision={precision}")
    for place, name in enumerate(study.frameworks):
        directory = run.framework(name)
        keep_net_check(checked(), directory.net_check)
        directory.fits.write_text(json.dumps({"members": [{"train_rows": 340}], "timing": {}}))
        lines = [{"epoch": e, "members": KEYS, "train_loss": [0.5 + 0.01 * place * (e >= 30)] * 3} for e in range(60)]
        directory.history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert ("from epoch 30 on the training losses differ by 0.02" in disagreement(run, study)) == told


def test_a_loss_that_the_study_names_is_told_with_its_own_file():
    study, _ = small("framework=both", "training.loss=focal")
    nets = {"lightning": checked(), "tensorflow": checked(losses=LOSSES * 0.8)}
    assert "compare lightning_mods/losses/focal.py with tf_models/losses/focal.py" in unequal_nets(nets, study)
