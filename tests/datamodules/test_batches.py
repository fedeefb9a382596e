import numpy as np
import pytest

from configs.member import Member
from datamodules.batches import epoch_chunks, evaluation_chunks, num_steps

ROWS = [np.arange(0, 23), np.arange(100, 110), np.arange(40, 71, 2), np.array([], np.int64)]
SAMPLED = np.arange(110, dtype=np.int32) % 5 // 2
MEMBERS = [Member(5, 0, fold, 0) for fold in range(4)]


def whole(rows=ROWS, members=MEMBERS, epoch=0, batch_size=4, steps_per_chunk=3):
    chunks = list(epoch_chunks(rows, members, epoch, batch_size, steps_per_chunk))
    return [np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("rows", "weights", "keys")]


def test_an_epoch_holds_every_training_row_of_every_member_exactly_once():
    rows, weights, _ = whole()
    for member, own in enumerate(ROWS):
        seen = rows[:, member][weights[:, member] == 1]
        assert sorted(seen.tolist()) == own.tolist()


def test_padding_comes_last_and_is_a_row_of_the_member_itself_with_weight_0():
    rows, weights, _ = whole()
    assert set(np.unique(weights)) == {0, 1}
    for member, own in enumerate(ROWS):
        assert set(rows[:, member][weights[:, member] == 0]) <= set(own[:1] if len(own) else [0])
        flat = weights[:, member].ravel()
        assert flat.tolist() == [1] * len(own) + [0] * (len(flat) - len(own))


def test_chunks_have_the_asked_number_of_steps_and_the_last_what_is_left():
    chunks = list(epoch_chunks(ROWS, MEMBERS, 0, 4, 4))
    assert [len(chunk.rows) for chunk in chunks] == [4, 2]
    for chunk in chunks:
        assert (chunk.rows.shape[1:], chunk.weights.shape[1:], chunk.keys.shape[1:]) == ((4, 4), (4, 4), (4, 2))
        assert (chunk.rows.dtype, chunk.weights.dtype, chunk.keys.dtype) == (np.int32, np.float32, np.int32)
        assert chunk.rows.flags.c_contiguous
        assert chunk.weights.flags.c_contiguous


@pytest.mark.parametrize("steps_per_chunk", [1, 2, 6, 100])
def test_where_an_epoch_is_cut_into_chunks_changes_nothing(steps_per_chunk):
    for expected, received in zip(whole(), whole(steps_per_chunk=steps_per_chunk), strict=True):
        np.testing.assert_array_equal(expected, received)


@pytest.mark.parametrize("subset", [[2], [1, 0], [3, 2, 1, 0]])
def test_a_members_batches_and_keys_do_not_depend_on_who_else_is_there(subset):
    together = whole()
    apart = whole([ROWS[index] for index in subset], [MEMBERS[index] for index in subset])
    for all_of_them, some in zip(together, apart, strict=True):
        np.testing.assert_array_equal(all_of_them[: len(some), subset], some)
        if all_of_them is not together[0]:
            assert not all_of_them[len(some) :, subset].any()


def test_each_epoch_and_each_member_has_its_own_order_and_keys():
    same_rows = [np.arange(40)] * 3
    first, second = whole(same_rows, MEMBERS[:3]), whole(same_rows, MEMBERS[:3], epoch=1)
    orders = {tuple(epoch[0][:, member].ravel()) for epoch in (first, second) for member in range(3)}
    keys = {tuple(key) for epoch in (first, second) for key in epoch[2].reshape(-1, 2)}
    assert len(orders) == 6
    assert len(keys) == 2 * 3 * 10
    np.testing.assert_array_equal(whole(same_rows, MEMBERS[:3], epoch=1)[0], second[0])


def test_keys_are_never_negative_and_padded_steps_have_key_0():
    _, weights, keys = whole()
    assert (keys >= 0).all()
    assert (keys.any(axis=2) == weights.any(axis=2)).all()


def test_every_order_is_equally_likely():
    counts = np.zeros((3, 3))
    for epoch in range(3000):
        (chunk,) = epoch_chunks([np.arange(3)], [Member(0)], epoch, 3, 1)
        counts[chunk.rows[0, 0], [0, 1, 2]] += 1
    assert ((counts - 1000) ** 2 / 1000).sum() < 30  # chi-squared with 4 degrees of freedom: p < 1e-5


def drawn(epoch, rows=ROWS, members=MEMBERS, batch_size=4, steps_per_chunk=3):
    """Rows, weights and keys of an epoch that draws by the classes of `SAMPLED`."""
    chunks = list(epoch_chunks(rows, members, epoch, batch_size, steps_per_chunk, classes=SAMPLED))
    return [np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("rows", "weights", "keys")]


def test_rows_that_are_drawn_by_class_are_the_members_own_and_as_many_as_it_has():
    for epoch in range(3):
        rows, weights, keys = drawn(epoch)
        plain = whole(epoch=epoch)
        np.testing.assert_array_equal(weights, plain[1])
        assert (keys.shape, (keys >= 0).all()) == (plain[2].shape, True)
        for member, own in enumerate(ROWS):
            assert set(rows[:, member][weights[:, member] == 1]) <= set(own.tolist())


def test_drawn_rows_are_a_function_of_key_and_epoch_alone():
    for subset in ([2], [1, 0], [3, 2, 1, 0]):
        apart = drawn(0, [ROWS[index] for index in subset], [MEMBERS[index] for index in subset])
        for all_of_them, some in zip(drawn(0, steps_per_chunk=5), apart, strict=True):
            np.testing.assert_array_equal(all_of_them[: len(some), subset], some)
    assert len({drawn(epoch)[0].tobytes() for epoch in range(4)}) == 4


def test_every_class_is_drawn_equally_often_and_every_row_of_a_class():
    rare = np.zeros(23, np.int32)
    rare[[3, 11, 17]] = 2, 1, 1
    counts = np.zeros(23)
    for epoch in range(400):
        for chunk in epoch_chunks([np.arange(23)], [Member(0)], epoch, 23, 1, classes=rare):
            counts += np.bincount(chunk.rows[0, 0], minlength=23)
    sums = np.bincount(rare, counts)
    assert counts.sum() == 400 * 23
    assert ((sums - 400 * 23 / 3) ** 2 / (400 * 23 / 3)).sum() < 23  # chi-squared with 2 degrees of freedom: p < 1e-5
    for index, critical in enumerate((60, 20)):  # with 19 and 1 degrees of freedom: p < 1e-5
        expected, own = sums[index] / (rare == index).sum(), counts[rare == index]
        assert ((own - expected) ** 2 / expected).sum() < critical


def test_a_weight_is_that_of_the_row_for_its_member():
    table = np.arange(4 * 110, dtype=np.float32).reshape(4, 110)
    rows, plain, _ = whole()
    chunks = list(epoch_chunks(ROWS, MEMBERS, 0, 4, 3, table))
    weights = np.concatenate([chunk.weights for chunk in chunks])
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, plain * table[np.arange(4)[:, None], rows])


def test_the_epoch_is_as_long_as_that_of_the_largest_member():
    assert num_steps(ROWS, 4) == 6
    assert num_steps(ROWS, 23) == 1
    assert num_steps(ROWS, 22) == 2
    assert num_steps([], 4) == num_steps([ROWS[3]], 4) == 0
    assert list(epoch_chunks([ROWS[3]], MEMBERS[:1], 0, 4, 1)) == []


@pytest.mark.parametrize("batch", [1, 4, 23, 1000])
def test_evaluation_shows_every_row_exactly_once_and_in_order(batch):
    chunks = list(evaluation_chunks(ROWS, batch))
    assert all(
        (rows.shape, rows.dtype, weights.dtype) == ((4, batch), np.int32, np.float32) for rows, weights in chunks
    )
    rows, weights = (np.concatenate(arrays, axis=1) for arrays in zip(*chunks, strict=True))
    for member, own in enumerate(ROWS):
        assert rows[member][weights[member] == 1].tolist() == own.tolist()
        assert set(rows[member][weights[member] == 0]) <= set(own[:1] if len(own) else [0])


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0)])
def test_empty_batches_and_chunks_cannot_be_asked_for(sizes):
    with pytest.raises(AssertionError):
        next(epoch_chunks(ROWS, MEMBERS, 0, *sizes))
    with pytest.raises(AssertionError):
        next(evaluation_chunks(ROWS, 0))
