"""Candidates of a comparison: results of runs with the same data and folds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from configs.errors import StudyError
from configs.files.given_files import resolved
from configs.learners import LEARNERS, is_network
from evaluation.comparing.candidate import Candidate
from evaluation.folds.over_seeds import by_fold
from evaluation.judging.judge import shown_metrics
from evaluation.predictions import parse_predictions
from experiment.results.judging import read_metrics, rejudge
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.files.digests import retrain, verified
from experiment.run.files.reading import trusting
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.opening import RUN_FILES, open_run
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import learners_of

SPLIT = "folds_sha256"
SAME = {"data_sha256": "the data", SPLIT: "the folds"}


def find_results(paths: Sequence[Path]) -> list[FrameworkDirectory]:
    """The results of `paths`: runs, of which all frameworks count, or parts of one: one learner's.

    Of a run that is given alone its baselines and imported models count, too.

    Raises RunError: there are fewer than two, one has no results, or their data or folds differ.
    """
    alone = len(paths) == 1
    found = [directory for path in paths for directory in results_of(resolved(path), every=alone)]
    if len({directory.root for directory in found}) < max(2, len(found)):
        given = ", ".join(map(str, paths))
        cause = f"a comparison needs two or more results, each named once, received {len(found)}"
        raise RunError(WRONG_STUDY, f"{given}: {cause}; give runs/<study>/<run> of several runs")
    _refuse_other_rows(list(dict.fromkeys(directory.root.parent for directory in found)))
    return found


def results_of(path: Path, needed: Sequence[str] = RUN_FILES, every: bool = False) -> list[FrameworkDirectory]:
    """The results of a run that has the `needed` files, or of one part of it.

    Of a run they are those of its networks, or of `every` learner. Raises RunError if there are none.
    """
    is_run, in_run = ((folder / "study.yaml").is_file() for folder in (path, path.parent))
    one_of_them = is_network(path.name) or (in_run and not is_run)
    run = open_run(path.parent if one_of_them else path, needed)
    learners = learners_of(run, run.load_study())
    wanted = [path.name] if one_of_them else [*LEARNERS, *(learners.every[len(learners.networks) :] if every else ())]
    if one_of_them and path.name not in learners.every:
        cause = f"the study does not train {path.name}"
        raise RunError(WRONG_STUDY, f"{path}: {cause}; give {run.root / learners.every[0]}")
    found = [directory for name in wanted if (directory := FrameworkDirectory(run.root / name)).metrics.is_file()]
    if not found:
        raise RunError(WRONG_STUDY, f"{path}: has no metrics.json yet; finish it with train.py --resume {run.root}")
    return found


def networks_of(path: Path) -> list[FrameworkDirectory]:
    """The results of a run's networks, or of one part of it. Raises RunError if there are none."""
    found = results_of(path, needed=("study",))
    if not is_network(found[0].name):
        cause = "has predictions but no network: the models of baselines and imported predictions are not saved"
        others = [name for name in LEARNERS if (path.parent / name).is_dir()]
        raise RunError(WRONG_STUDY, f"{path}: {cause}" + "".join(f"; give {path.parent / one}" for one in others[:1]))
    return found


def load_candidates(directories: Sequence[FrameworkDirectory]) -> list[Candidate]:
    """The candidates of `find_results`, named by their paths.

    Raises:
        RunError: a study has no scored folds.
        StudyError: predictions are damaged.
    """
    return [_candidate(directory) for directory in directories]


def named(candidates: Sequence[Candidate], runs: Mapping[str, str]) -> list[Candidate]:
    """Candidates named by their `runs`, and by the framework where there are several; of one run by the latter."""
    frameworks = len({one.framework for one in candidates}) > 1
    if len({one.run for one in candidates}) == 1:
        return [replace(one, name=one.framework) for one in candidates]
    return [replace(one, name=runs[one.run] + f", {one.framework}" * frameworks) for one in candidates]


def _refuse_other_rows(runs: Sequence[Path]) -> None:
    """Raise RunError, a line for each run and digest, unless all runs have the data and folds of the first one.

    The seeds of the networks may differ: the same rows are split in the same way.
    """
    first, *others = [(run, RunDirectory(run).load_environment()) for run in runs]
    problems = [
        f"{run}: {key} is {values[key][:12]}..., that of {first[0]} is {first[1][key][:12]}...; "
        f"{what} must be the same: train one of them again with the other's data and folds, and its seed as folds.seed"
        for run, values in others
        for key, what in SAME.items()
        if values[key] != first[1][key] and not (key == SPLIT and _same_split(run, first[0]))
    ]
    if problems:
        raise RunError(WRONG_STUDY, "\n".join(problems))


def _same_split(one: Path, other: Path) -> bool:
    """Whether the plans of two runs, which have other digests, have the same roles for every fold."""
    try:
        plans = [RunDirectory(run).load_plan() for run in (one, other)]
        begun = [RunDirectory(run).load_environment()[SPLIT] for run in (one, other)]
    except StudyError:
        return False
    kept = [plan.digest() for plan in plans] == begun
    return kept and plans[0].split_digest() == plans[1].split_digest()


def _candidate(directory: FrameworkDirectory) -> Candidate:
    metrics, place = read_metrics(directory), directory.predictions
    predictions = parse_predictions(verified(place, directory), place, retrain(directory))
    with trusting(directory.metrics, rejudge(directory)):
        if len(by_fold(metrics["folds"])) < 2:
            cause = "has fewer than two scored folds, so nothing is paired"
            raise RunError(WRONG_STUDY, f"{directory.root}: {cause}; train it with folds.method=stratified")
        scored, run = predictions.of_role("scored"), str(directory.root.parent)
        found = Candidate(str(directory.root), metrics, scored, run=run, framework=directory.name)
        if found.members != found.predictions.members() or not set(found.failed) <= set(found.members):
            raise LookupError("its folds are not those of the predictions")
        known = [found.values(metric) for metric in shown_metrics(metrics)]
        known.append(np.array(found.test_train_ratio))
    return found
