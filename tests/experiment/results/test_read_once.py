"""A run is judged and shown from files that are read once and figures that are made once."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import matplotlib.figure
import pyarrow.parquet
import pytest
from baseline_runs import baseline_run
from small import small

from configs.learners import BASELINES, offered
from configs.learners import learner as learner_of
from experiment.conduct import conduct, prepare
from experiment.results.re_evaluating import judge_run
from reporting.board import tags

ROOT = Path(__file__).resolve().parents[3]
NEUTRAL = ("configs", "datamodules", "evaluation", "experiment", "reporting")
ADAPTERS = {"datamodules.lightning", "datamodules.tensorflow"}
SLOW = ("polars", "sklearn", "scipy.stats", "scipy.signal", "matplotlib", "PIL", "jinja2", "pandas")
"""Packages that take a tenth of a second or more, and that a process which trains does not need."""


@pytest.fixture
def counts(monkeypatch):
    """How often pyarrow has parsed each content, and how many figures matplotlib has made since."""
    parsed, made = Counter(), []
    read, begin = pyarrow.parquet.read_table, matplotlib.figure.Figure.__init__

    def counted_read(source, **settings):
        parsed[source.read()] += 1
        source.seek(0)
        return read(source, **settings)

    def counted_figure(self, *words, **settings):
        made.append(self)
        begin(self, *words, **settings)

    monkeypatch.setattr(pyarrow.parquet, "read_table", counted_read)
    monkeypatch.setattr(matplotlib.figure.Figure, "__init__", counted_figure)
    return parsed, made


@pytest.mark.both_rooms
def test_a_run_reads_its_predictions_once_and_draws_a_figure_once_for_tensorboard_and_page(
    tmp_path, frameworks, counts
):
    study, _ = small(f"output.root={tmp_path}", "framework=both", "output.tensorboard=true", "folds.splits=2")
    frameworks()
    run = prepare(study, ["train.py"])
    outcome = conduct(run)
    parsed, made = counts
    assert list(outcome.metrics) == ["lightning", "tensorflow"]
    files = [path for name in outcome.metrics for path in run.framework(name).root.glob("*.parquet")]
    assert sum(parsed.values()) == len(files) == 4
    figures = [tags.ROC, tags.PRECISION_RECALL, tags.CALIBRATION, tags.SCORES, tags.CONFUSION_MATRIX, tags.FOLDS,
               tags.LEARNING_CURVES]  # fmt: skip
    assert len(made) == 2 * len(figures)


def test_baselines_are_compared_by_the_predictions_that_were_judged(tmp_path, counts):
    run = baseline_run(tmp_path, names=("logistic_regression", "naive_bayes"))
    parsed, _ = counts
    parsed.clear()
    outcome = judge_run(run)
    assert outcome.beside_baselines() is not None
    assert sorted(parsed.values()) == [1] * 4


@pytest.mark.parametrize("learner", [*offered(), BASELINES.name])
def test_what_trains_imports_nothing_slow_besides_its_framework(learner):
    """A framework itself imports what it likes: what is ours is imported here alone."""
    tree = ast.parse((ROOT / learner_of(learner).fit.replace(".", "/")).with_suffix(".py").read_text())
    wanted = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)} - ADAPTERS
    code = f"import sys, {', '.join(sorted(name for name in wanted if name.startswith(NEUTRAL)))}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
                          env={"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert set(SLOW) & set(done.stdout.split()) == set()
