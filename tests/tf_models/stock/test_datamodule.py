from itertools import islice

import numpy as np
import pytest
import tensorflow as tf
from small import small

from datamodules.batches import epoch_chunks
from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset
from tf_models.stock.data import sources


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


def test_every_iterator_begins_with_the_first_epoch_and_none_disturbs_another(data):
    dataset, _ = train_dataset(*data)
    one = [rows.numpy() for rows, _, _ in dataset.take(7)]
    iterators = iter(dataset), iter(dataset)
    found = [[next(each)[0].numpy() for each in iterators] for _ in range(7)]
    for expected, (first, second) in zip(one, found, strict=True):
        np.testing.assert_array_equal(first, expected)
        np.testing.assert_array_equal(second, expected)


def test_a_dataset_knows_its_folds_whatever_is_made_of_it(data):
    _, folds = data
    chunks, held_out = train_dataset(*data)[0], evaluation_dataset(folds, Role.validation)
    (source,) = sources(chunks.take(3).prefetch(1))
    assert source.folds is folds
    assert sources(tf.data.Dataset.zip(held_out.repeat(), chunks)) == [folds, source]
    assert sources(tf.data.Dataset.range(3)) == sources(list(held_out)) == []


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
