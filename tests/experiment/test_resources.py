import os

import pytest
from small import small

from configs.loading import load_study
from experiment.nets.net_cost import NetCost
from experiment.rules import resources
from experiment.rules.resources import (
    free_gpu_memory,
    free_memory,
    idle_precision,
    member_bytes,
    num_blocks,
    num_cores,
    num_threads,
    sees_gpu,
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


def test_the_memory_of_this_machine_is_plausible():
    assert 1 << 20 < free_memory() < 1 << 50


def test_a_member_is_at_least_its_state_and_a_batch():
    study, folds = small("optimizer.name=adam")
    assert member_bytes(study, folds, COST) > 5 * 8 * COST.weights + 8 * 32 * COST.elements


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


@pytest.mark.parametrize("precision", ["tf32", "32", "64", "bf16"])
@pytest.mark.parametrize("gpu", [True, False])
def test_a_precision_of_gpus_is_told_to_do_nothing_where_none_is_used(precision, gpu):
    told = idle_precision(load_study(None, [f"training.precision={precision}"]), lambda study: gpu)
    line = "training.precision: tf32 is a format of GPUs and does nothing on a CPU, which trains as with 32"
    assert told == ([line] if precision == "tf32" and not gpu else [])


@pytest.mark.parametrize(("script", "seen"), [("exit 0", True), ("exit 9", False), (None, False)])
def test_a_gpu_is_there_if_its_driver_says_so_and_the_study_may_use_it(tmp_path, monkeypatch, script, seen):
    if script:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for accelerator in ("auto", "gpu"):
        assert sees_gpu(load_study(None, [f"training.accelerator={accelerator}"])) is seen
    assert sees_gpu(load_study(None, ["training.accelerator=cpu"])) is False


@pytest.mark.parametrize(
    ("script", "accelerator", "free"),
    [
        ("echo 81000", "auto", 81000 << 20),
        ("echo 81000", "cpu", None),
        ("echo '[N/A]'", "auto", None),
        ("exit 6", "gpu", None),
        (None, "auto", None),
    ],
)
def test_a_stack_on_a_gpu_has_to_fit_there(tmp_path, monkeypatch, script, accelerator, free):
    if script:
        (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{script}\n')
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    monkeypatch.setattr(resources, "free_memory", lambda: 0)
    study, folds = small("folds.splits=7", f"training.accelerator={accelerator}")
    assert free_gpu_memory(study) == free
    assert stack_size(study, folds, COST) == (7 if free else 1)
    if free:
        asked = (tmp_path / "asked").read_text()
        assert asked == "--query-gpu=memory.free --format=csv,noheader,nounits --id=3\n"


def test_blocks_are_as_many_as_have_enough_to_do(monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: 16)
    assert num_blocks(200, 6209, 32) == 16
    assert num_blocks(10, 6209, 32) == 3
    assert num_blocks(5, 6209, 32) == 1
    assert num_blocks(3, 500_000, 512) == 3
    monkeypatch.setattr(resources, "num_cores", lambda: 2)
    assert num_blocks(10, 6209, 32) == 2
