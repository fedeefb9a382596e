"""Finished members leave the stack when carrying them has cost what a smaller stack costs to build."""

import numpy as np

from experiment.rules.compaction import Compaction, of_members


def unfinished(*members, of=10):
    return np.isin(np.arange(of), members)


def test_nobody_leaves_before_the_waste_has_reached_the_price():
    compaction = Compaction(10, price=5.5)
    five = unfinished(0, 2, 4, 6, 8)
    # Eight lanes would do for five members: each epoch of ten steps wastes two of them.
    assert [compaction.update(five, steps=10) for _ in range(3)] == [False, False, True]
    assert set(np.flatnonzero(five)) < set(compaction.lanes)
    assert len(compaction.lanes) == 8
    # The waste is counted anew: four lanes would do now, so each epoch wastes five steps.
    assert [compaction.update(unfinished(0, 2, 4), steps=10) for _ in range(2)] == [False, True]


def test_who_goes_on_from_a_state_changes_the_lanes_when_the_others_would_have():
    five, whole, resumed = unfinished(0, 2, 4, 6, 8), Compaction(10, price=5.5), Compaction(10, price=5.5)
    for _ in range(2):
        whole.update(five, steps=10)
        state, resumed = whole.state(), Compaction(10, price=5.5)
        resumed.restore(state)
    assert [whole.update(five, steps=10), resumed.update(five, steps=10)] == [True, True]
    assert resumed.lanes.tolist() == whole.lanes.tolist()


def test_sizes_are_powers_of_two_and_every_unfinished_member_stays():
    compaction = Compaction(10, price=0)
    sizes = []
    for count in range(10, 0, -1):
        still = unfinished(*range(count))
        compaction.update(still, steps=10)
        assert set(np.flatnonzero(still)) <= set(compaction.lanes)
        sizes.append(len(compaction.lanes))
    assert sizes == [10, 10, 8, 8, 8, 8, 4, 4, 2, 2]  # a stack of one rounds in another way


def test_a_member_that_has_left_does_not_come_back():
    compaction = Compaction(8, price=0)
    compaction.update(unfinished(1, 3, 5, of=8), steps=10)
    compaction.update(unfinished(3, 5, of=8), steps=10)
    assert compaction.lanes.tolist() == [3, 5]
    assert not compaction.update(unfinished(of=8), steps=10)


def test_some_of_the_members_begin_with_the_fewest_lanes_that_hold_who_is_unfinished():
    compaction = Compaction(10, price=0)
    compaction.update(unfinished(0, 1, 6), steps=10)
    for part, lanes in ((range(5), [0, 1]), (range(5, 8), [0, 1]), (range(8, 10), [0, 1]), (range(7), [0, 1, 2, 6])):
        some = Compaction(len(part), price=10.0)
        some.restore(of_members(compaction.state(), unfinished(0, 1, 6)[list(part)]))
        assert some.lanes.tolist() == lanes, part
        assert some.wasted_steps == 0
    assert of_members(compaction.state(), unfinished(of=3))["lanes"].tolist() == [0, 1, 2]
