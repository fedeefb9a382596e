"""A run that a job of a real SLURM conducts, whose tasks are on two nodes: the bits of one process."""

import re
import shlex
import sys

import pytest
from processes import wait_until

from configs.files.places import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.needs("lightning")]

STUDY = (
    "framework=lightning", "folds.splits=4", "stack.size=2", "training.max_epochs=10", "baselines=[]",
    "output.tensorboard=false",
)  # fmt: skip


def test_a_job_conducts_a_run_over_two_nodes_that_gives_the_bits_of_one_process(cluster, train, tmp_path, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")  # as many cores as a task
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    assert train(*STUDY, f"output.root={tmp_path / 'alone'}").returncode == 0
    words = [sys.executable, str(PROJECT / "scripts" / "train.py"), *STUDY, "launcher=slurm"]
    command = f"exec {shlex.join([*words, f'output.root={tmp_path}/jobs'])}"
    said = tmp_path / "said.txt"
    cluster.asked("sbatch", "--time=60", "--cpus-per-task=2", f"--output={said}", f"--wrap={command}")
    wait_until(lambda: said.exists() and ("report.html" in said.read_text() or cluster.jobs() == ""))
    (here,) = (tmp_path / "alone").glob("*/*/lightning")
    (there,) = (tmp_path / "jobs").glob("*/*/lightning")
    assert (there / "log.txt").read_text().count("2 tasks are submitted") == 1
    assert len({*re.findall(r"node\d", cluster.jobs("--states=all", "--name=breast_cancer-lightning"))}) == 2
    for name in ("weights.safetensors", "predictions.parquet", "validation.parquet"):
        assert (here / name).read_bytes() == (there / name).read_bytes()
