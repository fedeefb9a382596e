"""Free memory, as a machine and the control groups of a container report it."""

from pathlib import Path

import pytest

from experiment.rules.resources.memory import free_memory

MIB = 1 << 20


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MACHINE = {"proc/meminfo": f"MemTotal: {64 * 1024} kB\nMemFree: 5 kB\nMemAvailable:   {9 * 1024} kB\n"}


def group(folder: str, limit: str, used: int, cached: int = 0) -> dict[str, str]:
    stat = f"anon 5\ninactive_file {cached * MIB}\n"
    return {f"{folder}/memory.max": limit, f"{folder}/memory.current": str(used * MIB), f"{folder}/memory.stat": stat}


def test_the_memory_of_this_machine_is_plausible():
    assert MIB < free_memory() < 1 << 50


def test_without_a_container_it_is_what_the_machine_has(tmp_path):
    assert free_memory(write(tmp_path, MACHINE)) == 9 * MIB


@pytest.mark.parametrize(
    ("inner", "outer", "free"),
    [
        (("max", 3), ("max", 3), 9),
        ((str(8 * MIB), 3), ("max", 3), 5),
        ((str(8 * MIB), 3, 2), ("max", 3), 7),
        (("max", 3), (str(6 * MIB), 4), 2),
        ((str(3 * MIB), 4), ("max", 4), 0),
    ],
)
def test_the_tightest_group_around_the_process_decides_and_caches_can_be_dropped(tmp_path, inner, outer, free):
    own = {"proc/self/cgroup": "0::/jobs/job7\n"}
    groups = group("sys/fs/cgroup/jobs/job7", *inner) | group("sys/fs/cgroup/jobs", *outer)
    assert free_memory(write(tmp_path, MACHINE | own | groups)) == free * MIB


def test_a_container_that_sees_its_own_group_as_the_outermost_is_limited_by_it(tmp_path):
    own = {"proc/self/cgroup": "0::/\n"} | group("sys/fs/cgroup", str(4 * MIB), 1)
    assert free_memory(write(tmp_path, MACHINE | own)) == 3 * MIB


def test_a_container_that_names_a_group_outside_of_it_is_limited_by_the_outermost_that_it_sees(tmp_path):
    own = {"proc/self/cgroup": "0::/docker/abc\n"} | group("sys/fs/cgroup", str(4 * MIB), 1)
    assert free_memory(write(tmp_path, MACHINE | own)) == 3 * MIB


def test_the_first_version_of_control_groups_is_read_too(tmp_path):
    folder = "sys/fs/cgroup/memory/job"
    files = {
        "proc/self/cgroup": "5:cpu,cpuacct:/job\n4:memory:/job\n0::/\n",
        f"{folder}/memory.limit_in_bytes": str(7 * MIB),
        f"{folder}/memory.usage_in_bytes": str(6 * MIB),
        f"{folder}/memory.stat": f"total_inactive_file {3 * MIB}\n",
        "sys/fs/cgroup/cpu/job/memory.limit_in_bytes": "1",
    }
    assert free_memory(write(tmp_path, MACHINE | files)) == 4 * MIB


def test_where_nothing_is_reported_it_is_the_memory_that_there_is(tmp_path):
    assert free_memory(tmp_path) > MIB
