"""A finished run of the default study, trained once for all tests that look at one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from slurm_cluster import Cluster, why_not

from configs.learners import LEARNERS, offered
from experiment.run.run_directory import RunDirectory

pytest_plugins = ["imagined_studies"]

PROJECT = Path(__file__).resolve().parent.parent
TRAIN = PROJECT / "scripts" / "train.py"

# A job in the background of a shell ignores some signals, and twinfold leaves ignored ones alone: tests send them.
for number, usual in {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}.items():
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a room that a copy does not have: both of them, or those of the learners that a mark names."""
    absent = set(LEARNERS) - set(offered())
    for item in items:
        needed = {name for mark in item.iter_markers("needs") for name in mark.args}
        if item.get_closest_marker("both_rooms") or "default_run" in getattr(item, "fixturenames", ()):
            needed |= set(LEARNERS)
        for name in sorted(needed & absent):
            item.add_marker(pytest.mark.skip(reason=f"there is no {LEARNERS[name].room}/ in this copy"))


def call_train(*words: str, **settings) -> subprocess.CompletedProcess:
    """`python scripts/train.py words...`, with what it printed; without baselines, unless they are asked for."""
    told = [*map(str, words)]
    plain = any(word.startswith("output.root=") for word in told) and "baselines" not in "".join(told)
    command = [sys.executable, str(TRAIN), *told, *["baselines=[]"] * plain]
    return subprocess.run(command, **({"capture_output": True, "text": True, "cwd": PROJECT} | settings))


@pytest.fixture(scope="session")
def train() -> Callable[..., subprocess.CompletedProcess]:
    return call_train


@pytest.fixture(scope="session")
def only_run() -> Callable[[Path], RunDirectory]:
    """The one run under an `output.root`."""

    def find(root: Path) -> RunDirectory:
        (found,) = [path for study in root.iterdir() for path in study.iterdir()]
        return RunDirectory(found)

    return find


@pytest.fixture(scope="session")
def default_run(tmp_path_factory, only_run) -> tuple[RunDirectory, subprocess.CompletedProcess]:
    """The default study in both frameworks, and what `train.py` said: trained once for all workers of pytest-xdist.

    It is for reading: a test that changes a run takes a copy.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "default"
    with FileLock(folder.with_suffix(".lock")):  # as the documentation of pytest-xdist shows
        if not folder.exists():
            told = call_train(f"output.root={folder}", "baselines=[logistic_regression,naive_bayes,decision_tree]")
            assert told.returncode == 0, told.stderr
            folder.with_suffix(".json").write_text(json.dumps([told.args, told.returncode, told.stdout, told.stderr]))
    return only_run(folder), subprocess.CompletedProcess(*json.loads(folder.with_suffix(".json").read_text()))


@pytest.fixture(scope="session")
def ray_address():
    """Address of a Ray on this machine that all tests of a process share: it takes seconds to start."""
    source = """
import ray, sys
print(ray.init(num_cpus=4, include_dashboard=False, logging_level="error").address_info["gcs_address"], flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", source], stdin=-1, stdout=-1, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.fixture(scope="session")
def started_slurm(tmp_path_factory):
    """A real SLURM of two nodes on this machine, for all tests of a process."""
    if cause := why_not():
        pytest.skip(f"no real SLURM: {cause}")
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(started_slurm, monkeypatch):
    """The real SLURM, which the commands of this test and of its processes know; nothing is in its queue."""
    monkeypatch.setenv("SLURM_CONF", str(started_slurm.conf))
    yield started_slurm
    started_slurm.asked("scancel", f"--user={os.getuid()}")
