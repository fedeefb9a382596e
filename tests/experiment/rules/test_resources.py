import os

import pytest
from small import small

from experiment.nets.net_cost import NetCost
from experiment.rules.resources import fitting as resources
from experiment.rules.resources.devices import Device
from experiment.rules.resources.fitting import (
    member_bytes,
    num_blocks,
    num_cores,
    num_threads,
    stack_size,
    step_flops,
)

# 30-100-1: what both frameworks count, but for the bias and the activation, which TensorFlow counts as well.
COST = NetCost(weights=30 * 100 + 100 + 100 + 1, elements=301, flops=2 * (30 * 100 + 100))


def test_all_members_train_at_once_where_they_fit():
    assert stack_size(*small("folds.splits=7"), COST) == 7


def test_auto_takes_as_many_members_as_half_of_the_memory_holds(monkeypatch):
    study, folds = small("folds.splits=7")
    for members in (1, 3):
        monkeypatch.setattr(resources, "free_memory", lambda m=members: 2 * m * member_bytes(study, folds, COST) + 1)
        assert stack_size(study, folds, COST) == members
    monkeypatch.setattr(resources, "free_memory", lambda: 0)
    assert stack_size(study, folds, COST) == 1


def test_a_given_size_is_taken():
    assert stack_size(*small("stack.size=2"), COST) == 2


def test_a_member_is_at_least_its_state_and_a_batch():
    study, folds = small("optimizer.name=adam")
    assert member_bytes(study, folds, COST) > 5 * 4 * COST.weights + 4 * 32 * COST.elements


def test_a_member_is_copies_of_its_weights_four_numbers_for_each_element_of_a_batch_and_its_part_of_the_plan():
    cost = NetCost(weights=1000, elements=10, flops=0, copies=7)
    study, folds = small()  # batches of 32 of 569 rows
    assert member_bytes(study, folds, cost) == 4 * (7 * 1000 + 4 * 32 * 10) + 12 * 569
    study, folds = small("training.batch_size=600")
    assert member_bytes(study, folds, cost) == 4 * (7 * 1000 + 4 * 569 * 10) + 12 * 569


def test_a_member_takes_twice_as_much_in_float64_and_no_less_in_a_format_of_products():
    sizes = {one: member_bytes(*small(f"training.precision={one}"), COST) for one in ("32", "64", "bf16", "tf32")}
    assert sizes["32"] == sizes["bf16"] == sizes["tf32"]
    assert 1.5 * sizes["32"] < sizes["64"] <= 2 * sizes["32"]


@pytest.mark.parametrize(("size", "members"), [("auto", 3), (2, 2), (9, 3)])
def test_backward_costs_twice_what_forward_does(size, members):
    study, folds = small(f"stack.size={size}")
    assert step_flops(study, folds, COST) == pytest.approx(3 * COST.flops * 32 * members)


def test_a_small_step_takes_one_thread_and_a_large_one_all(monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: 4)
    assert num_threads(*small(), COST) == 1
    assert num_threads(*small(), COST._replace(flops=8_000_000)) == 4


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # by which joblib is told of a quota
    assert num_cores() == 1
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT")
    assert 1 <= num_cores() <= (os.cpu_count() or 1)


def test_a_stack_on_a_gpu_has_to_fit_there(monkeypatch):
    monkeypatch.setattr(resources, "free_memory", lambda: 0)
    study, folds = small("folds.splits=7")
    size = member_bytes(study, folds, COST)
    for free, members in {0: 1, 5 * size: 2, 1 << 40: 7}.items():
        assert stack_size(study, folds, COST, Device("a GPU", 1 << 40, free)) == members
    assert stack_size(study, folds, COST, Device("one that does not say")) == 1


def test_blocks_are_as_many_as_have_enough_to_do(monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: 16)
    assert num_blocks(200, 6209, 32) == 16
    assert num_blocks(10, 6209, 32) == 3
    assert num_blocks(5, 6209, 32) == 1
    assert num_blocks(3, 500_000, 512) == 3
    monkeypatch.setattr(resources, "num_cores", lambda: 2)
    assert num_blocks(10, 6209, 32) == 2
