import numpy as np
import pytest

from configs.member import Member
from datamodules.folds.random_streams import ORDER, WEIGHTS, member_stream, stream


@pytest.mark.parametrize("address", [(0,), (7, 1, 2), (2**32 - 1, 0, 2**32 - 1, 5, 0, 3, 0)])
def test_a_stream_is_numpys_philox_at_the_seed_sequence_of_its_address(address):
    seed, *place = address
    expected = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=tuple(place))))
    assert stream(*address).integers(2**62, size=5).tolist() == expected.integers(2**62, size=5).tolist()


def test_every_part_of_a_members_address_changes_the_stream():
    addresses = [(seed, repeat, fold) for seed in (0, 1) for repeat in (0, 1) for fold in (0, 1)]
    draws = {
        tuple(member_stream(Member(*address), purpose, *rest).integers(2**62, size=2))
        for address in addresses
        for purpose in (WEIGHTS, ORDER)
        for rest in ((), (0,), (1,), (0, 0))
    }
    assert len(draws) == 8 * 2 * 4


@pytest.mark.parametrize("purpose", [WEIGHTS, ORDER])
def test_a_trial_number_changes_no_stream(purpose):
    one, other = (member_stream(Member(1, 2, 3, trial), purpose, 4) for trial in (0, 7))
    assert one.integers(2**62, size=5).tolist() == other.integers(2**62, size=5).tolist()


@pytest.mark.parametrize("address", [(), (-1,), (0, -1), (2**32,)])
def test_an_address_without_a_seed_or_with_a_part_that_is_no_word_is_refused(address):
    with pytest.raises(ValueError, match="Received"):
        stream(*address)
