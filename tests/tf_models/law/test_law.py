"""A member's trajectory is its own: not the stack's, the chunk's or the engine's."""

import pytest
from trajectory import WAYS, largest_difference, trajectory

from experiment.rules.compaction import Compaction

UPDATE = Compaction.update
FRAMEWORK = "tensorflow"
EXACT = ("training.precision=64",)


@pytest.fixture(scope="module")
def stack():
    return {way: trajectory(FRAMEWORK, (*EXACT, *WAYS[way])) for way in ("sgd", "adam")}


def of(weights, members):
    return {name: array[members] for name, array in weights.items()}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sgd", "adam"])
@pytest.mark.parametrize(("precision", "least", "most"), [("32", 1e-9, 1e-4), ("bf16", 1e-3, 0.3)])
def test_a_lower_precision_is_as_near_to_float64_as_its_digits(stack, way, precision, least, most):
    lower = trajectory(FRAMEWORK, (*WAYS[way], f"training.precision={precision}"))
    assert least < largest_difference(lower, stack[way]) < most


@pytest.mark.slow
def test_tf32_is_float32_on_a_cpu_bit_by_bit():
    study = (*WAYS["sgd"], "training.accelerator=cpu")
    one, other = (trajectory(FRAMEWORK, (*study, f"training.precision={precision}")) for precision in ("tf32", "32"))
    assert largest_difference(one, other) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("way", "bound"), [("sgd", 1e-10), ("adam", 1e-7)])
@pytest.mark.parametrize("members", [[0], [9], [7, 0, 3]], ids=str)
def test_a_subset_in_any_order_gives_the_members_of_the_whole_stack(stack, way, bound, members):
    alone = trajectory(FRAMEWORK, (*EXACT, *WAYS[way]), members)
    assert largest_difference(alone, of(stack[way], members)) < bound


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", ["stack.size=3", "training.steps_per_execution=5", "training.engine=traced", "training.engine=compiled"]
)
def test_what_is_about_speed_changes_no_member(stack, change):
    changed = trajectory(FRAMEWORK, (*EXACT, *WAYS["sgd"], change))
    assert largest_difference(changed, stack["sgd"]) < 1e-10


@pytest.mark.slow
def test_other_seeds_and_other_dropout_reach_other_weights(stack):
    for change in ("seed=1", "model.dropout=0.21"):
        assert largest_difference(trajectory(FRAMEWORK, (*EXACT, *WAYS["sgd"], change)), stack["sgd"]) > 1e-3


@pytest.mark.slow
def test_members_that_leave_the_stack_early_change_no_member(monkeypatch):
    study = (*EXACT, *WAYS["adam"], "folds.validation_fraction=0.15", "training.early_stopping={patience: 1}")
    carried = trajectory(FRAMEWORK, (*study, "training.max_epochs=12"))
    sizes = []

    def at_once(self, unfinished, steps):
        self.price = 0
        changed = UPDATE(self, unfinished, steps)
        sizes.append(len(self.lanes))
        return changed

    monkeypatch.setattr(Compaction, "update", at_once)
    left = trajectory(FRAMEWORK, (*study, "training.max_epochs=12"))
    assert sizes[0] == 10
    assert sizes[-1] < 10
    assert largest_difference(left, carried) < 1e-7


@pytest.mark.slow
def test_a_seed_beside_others_trains_as_alone_on_the_same_folds():
    study = (*EXACT, *WAYS["adam"], "folds.splits=3", "folds.validation_fraction=0.15", "training.max_epochs=5")
    both = trajectory(FRAMEWORK, (*study, "seed=4", "seeds=2"))
    alone = trajectory(FRAMEWORK, (*study, "seed=5", "folds.seed=4"))
    assert largest_difference(alone, of(both, [3, 4, 5])) < 1e-7
    assert largest_difference(alone, of(both, [0, 1, 2])) > 1e-3
    in_parts = trajectory(FRAMEWORK, (*study, "seed=4", "seeds=2", "stack.size=3"))
    assert largest_difference(alone, of(in_parts, [3, 4, 5])) == 0
