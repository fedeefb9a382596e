"""Studies that differ in per-member settings alone are members of one stack; a trial number only labels them."""

import numpy as np
import pytest
from small import small

from configs.member import Member
from datamodules.fold_data import training_plan
from experiment.rules.member_settings import member_settings
from experiment.rules.trials import may_share_stack, with_trials
from experiment.run.marks.study import study_mark
from experiment.training.session import stopping_rule

SMOOTHED = "training.loss={name: cross_entropy, label_smoothing: %s}"
OWN = (
    "optimizer.learning_rate=0.02", "optimizer.weight_decay=0.1", "optimizer.clip_norm=0.5", "model.dropout=0.5",
    "training.max_epochs=7", "optimizer.schedule=cosine", "optimizer.schedule={name: linear, warmup: 0.1}",
    "training.early_stopping={patience: 2, min_delta: 0.01}",
)  # fmt: skip
SHARED = (
    "seed=1", "data.source=wine", "folds.splits=4", "inputs.scale=minmax", "model.hidden=[9]", "optimizer.name=sgd",
    "optimizer.beta1=0.8", "training.batch_size=16", "training.early_stopping=null", "training.precision=64",
    "training.early_stopping.monitor=auroc", "training.loss=focal", "training.plateau={patience: 2}",
)  # fmt: skip


@pytest.mark.parametrize("change", OWN)
def test_studies_that_differ_in_a_setting_of_members_share_a_stack(change):
    one, folds = small(SMOOTHED % 0.0)
    other, _ = small(SMOOTHED % 0.1, change, "name=other", "output.root=elsewhere")
    assert may_share_stack(one, other)
    assert with_trials(folds, {0: one, 1: other}).trials == {0: one, 1: other}


@pytest.mark.parametrize("change", SHARED)
def test_studies_that_differ_in_anything_else_do_not(change):
    (one, folds), (other, _) = small(), small(change)
    assert not may_share_stack(one, other)
    with pytest.raises(ValueError, match="train a stack for each"):
        with_trials(folds, {0: one, 1: other})


def test_every_trial_has_all_folds_with_the_settings_of_its_own_study():
    (one, folds), (other, _) = small(SMOOTHED % 0.0), small(SMOOTHED % 0.1, *OWN)
    both = with_trials(folds, {4: one, 2: other})
    assert both.members == tuple(Member(0, 0, fold, trial) for trial in (4, 2) for fold in range(3))
    np.testing.assert_array_equal(both.plan.roles, np.concatenate([folds.plan.roles] * 2))
    np.testing.assert_array_equal(both.statistics.center, np.concatenate([folds.statistics.center] * 2))
    found = member_settings(one, both.subset([5, 0]))
    assert [study.model.arguments["dropout"] for study in found.studies] == [0.5, 0.2]
    expected = {
        "learning_rate": [0.02, 0.001], "weight_decay": [0.1, 0.0], "clip_norm": [0.5, np.inf],
        "max_epochs": [7, 3], "patience": [2, 15], "min_delta": [0.01, 0.0],
    }  # fmt: skip
    assert {name: getattr(found, name).tolist() for name in expected} == expected
    assert found.loss["label_smoothing"].tolist() == [0.1, 0.0]
    assert found.longest == 7


def test_a_study_alone_gives_all_its_members_one_value():
    study, folds = small("optimizer.learning_rate=0.5", "training.early_stopping=null")
    found = member_settings(study, folds)
    assert found.learning_rate.tolist() == [0.5] * 3
    assert (found.patience.tolist(), found.clip_norm.tolist()) == ([0] * 3, [np.inf] * 3)


def test_a_fold_has_the_same_batches_and_keys_in_every_trial():
    (one, folds), (other, _) = small(), small(*OWN)
    plan = training_plan(with_trials(folds, {0: one, 1: other}), one.training)
    for chunk in plan.epoch(1):
        for part in (chunk.rows, chunk.weights, chunk.keys):
            np.testing.assert_array_equal(part[:, :3], part[:, 3:])


def test_each_member_is_stopped_by_the_rule_of_its_own_study():
    (one, folds), (other, _) = small(), small(*OWN)
    both = with_trials(folds, {0: one, 1: other})
    losses = np.random.default_rng(0).normal(size=(7, 6))
    together = stopping_rule(one, both)
    alone = [stopping_rule(study, folds) for study in (one, other)]
    for epoch, row in enumerate(losses):
        together.update(epoch, row)
        for rule, own in zip(alone, (row[:3], row[3:]), strict=True):
            rule.update(epoch, own)
        for name, array in together.state().items():
            np.testing.assert_array_equal(array, np.concatenate([rule.state()[name] for rule in alone]))
    assert together.epochs[:3].tolist() == [3] * 3
    assert together.epochs[3:].max() > 3


def test_a_state_of_other_trials_has_another_mark():
    (one, folds), (other, _) = small(), small("optimizer.clip_norm=0.5")
    marks = [study_mark(one, given).tolist() for given in (folds, with_trials(folds, {0: one}))]
    marks += [study_mark(one, with_trials(folds, {0: one, 1: second})).tolist() for second in (one, other)]
    assert len({tuple(mark) for mark in marks}) == 4
