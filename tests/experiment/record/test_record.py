import json
from dataclasses import replace

import numpy as np
import pytest

from configs.member import Member
from experiment.record.epoch_record import EpochRecord, means

MEMBERS = [Member(0, 0, fold, 0) for fold in range(4)]
NAN = float("nan")


@pytest.fixture
def record():
    return EpochRecord(
        epoch=7,
        members=MEMBERS,
        active=np.array([True, True, False, True]),
        train_loss=np.array([1.0, 2.0, 100.0, NAN]),
        validation={"auroc": np.array([0.5, NAN, 0.9, 0.7])},
    )


def test_means_are_over_who_was_active_and_is_known(record):
    assert record.summary() == {"loss/train": 1.5, "auroc/validation": pytest.approx(0.6)}
    assert np.isnan(means({"auroc": np.full(4, NAN)}, record.active)["auroc"])


def test_a_line_has_the_learning_rates_where_they_are_known(record):
    assert "learning_rate" not in record.line()
    known = replace(record, learning_rate=np.array([0.1, 0.01, 0.3, 1e-5 / 3]))
    assert known.line()["learning_rate"] == [0.1, 0.01, 3.33333333e-06]


def test_early_stopping_looks_at_validation_and_without_it_at_the_training_loss(record):
    assert record.monitored("auroc") is record.validation["auroc"]
    plain = EpochRecord(0, MEMBERS, record.active, record.train_loss, {})
    assert plain.monitored("loss") is plain.train_loss


def test_a_line_names_who_was_active_and_is_json_even_where_a_value_is_unknown(record):
    line = json.loads(json.dumps(record.line(), allow_nan=False))
    assert line == {
        "epoch": 7,
        "members": [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 3, 0]],
        "train_loss": [1.0, 2.0, None],
        "validation_auroc": [0.5, None, 0.7],
    }
