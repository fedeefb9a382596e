import pytest
from small import small

from experiment import resources
from experiment.resources import (
    free_memory,
    member_bytes,
    num_blocks,
    num_threads,
    settled_stack_size,
    stack_size,
    step_flops,
)


def test_all_members_train_at_once_where_they_fit():
    assert stack_size(*small("folds.splits=7")) == 7


def test_auto_takes_as_many_members_as_half_of_the_memory_holds(monkeypatch):
    study, folds = small("folds.splits=7")
    for members in (1, 3):
        monkeypatch.setattr(resources, "free_memory", lambda m=members: 2 * m * member_bytes(study, folds) + 1)
        assert stack_size(study, folds) == members
    monkeypatch.setattr(resources, "free_memory", lambda: 0)
    assert stack_size(study, folds) == 1


def test_a_given_size_is_taken():
    assert stack_size(*small("stack.size=2")) == 2


def test_a_resumed_run_keeps_the_size_that_it_began_with(tmp_path, monkeypatch):
    study, folds = small("folds.splits=7")
    assert settled_stack_size(study, folds, tmp_path / "checkpoints") == 7
    monkeypatch.setattr(resources, "free_memory", lambda: 0)
    assert settled_stack_size(study, folds, tmp_path / "checkpoints") == 7
    assert settled_stack_size(study, folds, tmp_path / "others") == 1


def test_the_memory_of_this_machine_is_plausible():
    assert 1 << 20 < free_memory() < 1 << 50


def test_a_member_is_at_least_its_state():
    study, folds = small("model.hidden=[100]", "optimizer.name=adam")
    weights = 30 * 100 + 100 + 100 + 1
    assert member_bytes(study, folds) > 5 * 8 * weights
    assert step_flops(study, folds) == pytest.approx(6 * weights * 32 * 3)


def test_a_small_step_takes_one_thread_and_a_large_one_all(monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: 4)
    assert num_threads(*small()) == 1
    assert num_threads(*small("model.hidden=[2000, 2000]")) == 4


def test_blocks_are_as_many_as_have_enough_to_do(monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: 16)
    assert num_blocks(200, 6209, 32) == 16
    assert num_blocks(10, 6209, 32) == 3
    assert num_blocks(5, 6209, 32) == 1
    assert num_blocks(3, 500_000, 512) == 3
    monkeypatch.setattr(resources, "num_cores", lambda: 2)
    assert num_blocks(10, 6209, 32) == 2
