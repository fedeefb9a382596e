"""The masks are as random as dropout needs: every bound is a z-score of independent coins."""

from zlib import crc32

import numpy as np
import pytest

from configs.member import Member
from datamodules.folds.random_streams import ORDER, member_stream
from experiment.rules.dropout import address_of_call, counters, keep_mask, threshold

KEYS = np.random.default_rng(0).integers(0, 2**31, (2000, 2))
LAYERS = [crc32(name.encode()) for name in ("dropouts.0", "dropouts.1")]
SHAPE = (32, 32)


def coins(rate, address=LAYERS[0], keys=KEYS, shape=SHAPE):
    """Standardised masks, `(keys, elements)`: mean 0 and variance 1 if a share `rate` is dropped."""
    kept = np.stack([keep_mask(key, address, shape, rate).ravel() for key in keys])
    return (kept - (1.0 - rate)) / np.sqrt(rate * (1.0 - rate))


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5, 0.9])
def test_the_rate_is_dropped_over_all_and_in_every_element_and_every_step(rate):
    values = coins(rate)
    assert abs(values.mean()) * np.sqrt(values.size) < 5
    assert np.abs(values.mean(0)).max() * np.sqrt(len(KEYS)) < 6.5
    assert np.abs(values.mean(1)).max() * np.sqrt(values.shape[1]) < 6.5
    # and no more evenly than coins would fall: the variance of the shares is that of independent draws
    assert values.mean(1).var() * values.shape[1] == pytest.approx(1.0, abs=0.2)
    assert values.mean(0).var() * values.shape[0] == pytest.approx(1.0, abs=0.25)


def test_no_two_elements_of_a_layer_depend_on_each_other():
    values = coins(0.5)
    correlation = np.triu(values.T @ values / np.sqrt(len(KEYS)), k=1)
    pairs = correlation[np.triu_indices_from(correlation, k=1)]
    assert np.abs(pairs).max() < 6.5
    assert pairs.var() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_steps_do_not_depend_on_each_other(rate):
    values = coins(rate)
    assert np.abs((values[1:] * values[:-1]).sum(1)).max() / np.sqrt(values.shape[1]) < 6.5


def test_members_do_not_depend_on_each_other():
    keys = [member_stream(Member(0, 0, fold, 0), ORDER, 0).integers(0, 2**31, (500, 2)) for fold in range(2)]
    one, other = (coins(0.5, keys=own) for own in keys)
    assert np.abs((one * other).sum(0)).max() / np.sqrt(500) < 6.5
    assert abs((one * other).sum()) / np.sqrt(one.size) < 5


def test_layers_and_calls_do_not_depend_on_each_other_under_one_key():
    again = address_of_call(LAYERS[0], 1)
    one, *others = (coins(0.5, address) for address in (*LAYERS, again))
    for other in others:
        assert abs((one * other).sum()) / np.sqrt(one.size) < 5
        assert np.abs((one.T @ other) / np.sqrt(len(KEYS))).max() < 6.5


@pytest.mark.parametrize("word", [0, 1])
def test_one_bit_of_a_key_changes_half_of_the_mask(word):
    for bit in range(0 if word == 0 else 1, 31):  # the last bit of the second word is always set
        changed = KEYS[:50].copy()
        changed[:, word] ^= 1 << bit
        same = (coins(0.5, keys=changed) == coins(0.5, keys=KEYS[:50])).mean()
        assert 0.35 < same < 0.65, bit


def test_neighbours_in_a_row_and_in_a_column_are_independent():
    values = coins(0.5).reshape(len(KEYS), *SHAPE)
    for shifted, kept in ((values[:, 1:], values[:, :-1]), (values[:, :, 1:], values[:, :, :-1])):
        assert abs((shifted * kept).sum()) / np.sqrt(kept.size) < 5


def test_a_rate_of_zero_keeps_everything_and_one_next_to_one_almost_nothing():
    assert keep_mask(KEYS[0], 1, SHAPE, 0.0).all()
    assert keep_mask(KEYS[0], 1, SHAPE, 1 - 1e-12).mean() < 0.01
    assert threshold(0.5) == 0


def test_the_counters_of_a_layer_are_all_different_and_begin_alike_for_every_batch():
    assert len(np.unique(counters(LAYERS[0], (512, 512)))) == 512 * 512
    np.testing.assert_array_equal(counters(7, (4, 8)), counters(7, (6, 8))[:4])
