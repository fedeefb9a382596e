from itertools import islice

import numpy as np
import pytest
import tensorflow as tf
from small import small

from datamodules.batches import epoch_chunks
from datamodules.fold_data import PREDICTED
from datamodules.folds import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset


@pytest.fixture(scope="module")
def data():
    return small("training.batch_size=16", "training.steps_per_execution=5")


@pytest.mark.parametrize("first", [0, 3])
def test_the_chunks_of_an_epoch_are_those_of_the_plan_padded_to_one_shape(data, first):
    study, folds = data
    dataset, plan = train_dataset(study, folds, first)
    chunks = iter(dataset)
    for epoch in (first, first + 1):
        expected = list(epoch_chunks(folds.rows(Role.train), folds.members, epoch, 16, plan.steps_per_chunk))
        assert plan.chunks == len(expected) > 1
        for tensors, chunk in zip(islice(chunks, plan.chunks), expected, strict=True):
            for tensor, array in zip(tensors, (chunk.rows, chunk.weights, chunk.keys), strict=True):
                assert len(tensor) == plan.steps_per_chunk
                np.testing.assert_array_equal(tensor[: len(array)], array)
                assert not tensor[len(array) :].numpy().any()


def test_rows_are_int32_and_keys_int64(data):
    rows, weights, keys = next(iter(train_dataset(*data)[0]))
    assert (rows.dtype, weights.dtype, keys.dtype) == (tf.int32, tf.float32, tf.int64)


@pytest.mark.parametrize("roles", [(Role.validation,), PREDICTED], ids=["validation", "predicted"])
def test_every_row_that_is_predicted_comes_once(data, roles):
    _, folds = data
    rows, weights = (np.concatenate(parts, axis=1) for parts in zip(*evaluation_dataset(folds, *roles), strict=True))
    for member, expected in enumerate(folds.rows(*roles)):
        np.testing.assert_array_equal(rows[member][weights[member] > 0], expected)


def test_a_study_that_keeps_no_validation_rows_has_no_validation_batches():
    _, folds = small("folds.validation_fraction=0", "training.early_stopping=null")
    assert evaluation_dataset(folds, Role.validation) is None
