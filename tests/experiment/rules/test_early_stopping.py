import numpy as np
import pytest

from experiment.rules.early_stopping import EarlyStoppingRule

NAN, INF = float("nan"), float("inf")


def follow(rule: EarlyStoppingRule, values: list[list[float]]) -> list[list[bool]]:
    """Who improved in each epoch."""
    return [rule.update(epoch, np.array(row)).tolist() for epoch, row in enumerate(values)]


def alone(values: list[float], **settings) -> tuple[int, int]:
    """Best epoch and number of epochs of one member that hears `values`."""
    rule = EarlyStoppingRule(1, **settings)
    follow(rule, [[value] for value in values])
    return int(rule.best_epoch[0]), int(rule.epochs[0])


# Worked by hand: the best epoch, and how many epochs the member is trained for.
EXAMPLES = {
    "two stale epochs end it": ([3.0, 2.0, 2.5, 2.5, 1.0], {"patience": 2}, (1, 4)),
    "an improvement counts anew": ([3.0, 4.0, 2.0, 4.0, 1.0, 4.0, 4.0, 0.0], {"patience": 2}, (4, 7)),
    "patience 1 ends at the first stale epoch": ([3.0, 3.0, 1.0], {"patience": 1}, (0, 2)),
    "an equal value is no improvement": ([1.0, 1.0, 1.0, 1.0], {"patience": 3}, (0, 4)),
    "less than min_delta is no improvement": ([1.0, 0.9, 0.8, 0.7], {"patience": 2, "min_delta": 0.5}, (0, 3)),
    "min_delta counts from the best": ([1.0, 0.8, 0.6, 0.4], {"patience": 3, "min_delta": 0.5}, (3, 4)),
    "nan never improves": ([NAN, NAN, 0.5], {"patience": 2}, (-1, 2)),
    "nan counts as stale": ([1.0, NAN, NAN, 0.5], {"patience": 2}, (0, 3)),
    "it gets over one nan": ([1.0, NAN, 0.5, NAN], {"patience": 2}, (2, 4)),
    "infinite is no improvement": ([INF, 2.0, 1.0], {"patience": 2}, (2, 3)),
    "a higher auroc is better": ([0.5, 0.9, 0.8, 0.95], {"patience": 2, "monitor": "auroc"}, (3, 4)),
    "a lower auroc is stale": ([0.9, 0.5, 0.1], {"patience": 2, "monitor": "auroc"}, (0, 3)),
    "a negative r2 may improve": ([-5.0, -1.0, -2.0], {"patience": 2, "monitor": "r2"}, (1, 3)),
    "an improvement ends no later than max_epochs": ([3.0, 2.0, 1.0], {"patience": 2, "max_epochs": 2}, (1, 2)),
    "max_epochs ends it without patience": ([3.0, 2.0, 1.0], {"patience": None, "max_epochs": 2}, (1, 2)),
    "without patience the newest counts": ([1.0, 0.5, 2.0], {"patience": None}, (2, 3)),
    "without patience the newest finite one": ([1.0, 0.5, NAN], {"patience": None}, (1, 3)),
}


@pytest.mark.parametrize(("values", "settings", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_worked_example(values, settings, expected):
    assert alone(values, **settings) == expected


def test_a_member_of_the_rule_equals_the_same_member_alone():
    values = np.random.default_rng(0).normal(size=(40, 50))
    values[values > 1.5] = NAN
    rule = EarlyStoppingRule(50, patience=4, min_delta=0.01)
    follow(rule, values.tolist())
    expected = [alone(column.tolist(), patience=4, min_delta=0.01) for column in values.T]
    assert list(zip(rule.best_epoch.tolist(), rule.epochs.tolist(), strict=True)) == expected
    assert len(set(expected)) >= 10


def test_members_with_settings_of_their_own_equal_each_alone():
    draw = np.random.default_rng(0)
    values = draw.normal(size=(40, 50))
    own = {
        "patience": draw.integers(1, 6, 50), "min_delta": draw.choice([0.0, 0.1, 0.5], 50),
        "max_epochs": draw.integers(3, 20, 50),
    }  # fmt: skip
    rule = EarlyStoppingRule(50, **own)
    follow(rule, values.tolist())
    each = [{name: array[member] for name, array in own.items()} for member in range(50)]
    expected = [alone(column.tolist(), **settings) for column, settings in zip(values.T, each, strict=True)]
    assert list(zip(rule.best_epoch.tolist(), rule.epochs.tolist(), strict=True)) == expected
    assert len(set(expected)) >= 10


def test_a_finished_member_keeps_what_it_had_whatever_comes():
    rule = EarlyStoppingRule(2, patience=1)
    improved = follow(rule, [[1.0, 3.0], [2.0, 2.0], [0.0, 1.0]])
    assert improved == [[True, True], [False, True], [False, True]]
    assert rule.active.tolist() == [False, True]
    assert rule.best.tolist() == [1.0, 1.0]


def test_a_restored_rule_goes_on_as_if_nothing_had_happened():
    values = np.random.default_rng(1).normal(size=(20, 6))
    whole, first = EarlyStoppingRule(6, patience=3), EarlyStoppingRule(6, patience=3)
    follow(whole, values.tolist())
    follow(first, values[:5].tolist())
    saved = first.state()
    follow(first, values[5:].tolist())
    second = EarlyStoppingRule(6, patience=3)
    second.restore(saved)
    for epoch in range(5, 20):
        second.update(epoch, values[epoch])
    for name, array in whole.state().items():
        np.testing.assert_array_equal(second.state()[name], array)
