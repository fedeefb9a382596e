"""Finished members leave the stack when carrying them has cost what a smaller stack costs to build."""

import numpy as np

from experiment.compaction import Compaction


def unfinished(*members, of=10):
    return np.isin(np.arange(of), members)


def test_nobody_leaves_before_the_waste_has_reached_the_price():
    compaction = Compaction(10)
    five = unfinished(0, 2, 4, 6, 8)
    # Eight lanes would do for five members: each epoch of one second wastes a fifth of it.
    assert [compaction.update(five, epoch_seconds=1.0, build_seconds=0.55) for _ in range(3)] == [False, False, True]
    assert set(np.flatnonzero(five)) < set(compaction.lanes)
    assert len(compaction.lanes) == 8


def test_sizes_are_powers_of_two_and_every_unfinished_member_stays():
    compaction = Compaction(10)
    sizes = []
    for count in range(10, 0, -1):
        still = unfinished(*range(count))
        compaction.update(still, epoch_seconds=1.0, build_seconds=0.0)
        assert set(np.flatnonzero(still)) <= set(compaction.lanes)
        sizes.append(len(compaction.lanes))
    assert sizes == [10, 10, 8, 8, 8, 8, 4, 4, 2, 1]


def test_a_member_that_has_left_does_not_come_back():
    compaction = Compaction(4)
    compaction.update(unfinished(1, 3, of=4), 1.0, 0.0)
    compaction.update(unfinished(3, of=4), 1.0, 0.0)
    assert compaction.lanes.tolist() == [3]
    assert not compaction.update(unfinished(of=4), 1.0, 0.0)
