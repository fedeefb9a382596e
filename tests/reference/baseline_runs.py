"""Runs whose learners are baselines, trained in this process: finished in a second, without a framework."""

from pathlib import Path

from small import small

from experiment.conduct import prepare
from experiment.results.re_evaluating import judge_run
from experiment.run.run_directory import RunDirectory
from experiment.training.saving import keep_results
from sklearn_models.fit import fit_baseline


def baseline_run(root: Path, *overrides: str, task: str = "binary", names: tuple[str, ...] = ("logistic_regression",)):
    """A finished run of `small(task)` below `root`, trained and judged by the baselines `names`."""
    told = (f"output.root={root}", "framework=none", f"baselines=[{','.join(names)}]")
    study, folds = small(*overrides, *told, task=task)
    run: RunDirectory = prepare(study, ["train.py"], folds)
    for name in names:
        keep_results(fit_baseline(name, folds, study.training.class_weights), folds, run.framework(name))
    judge_run(run)
    return run
