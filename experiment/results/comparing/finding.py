"""Runs below a folder, and their learners: what is damaged is told in a line and left out."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from configs.schema import Study
from datamodules.folds.plan import FoldPlan, Role
from evaluation.comparing.candidate import Candidate
from experiment.results.comparing.candidates import load_candidates
from experiment.run.exit_codes import describe
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.opening import open_run
from experiment.run.run_learners import learners_of

STUDY = "study.yaml"


class Found(NamedTuple):
    """A learner of a run.

    Attributes:
        candidate: its results, named RUN/LEARNER below the folder.
        place: its run, below the folder.
        kind: "network", "search", "baseline" or "imported".
        data_sha256: digest of the table.
        split_sha256: digest of the fold plan without the seeds of the networks.
        optimistic: whether its score is that of a setting which the same folds have chosen.
    """

    candidate: Candidate
    place: str
    kind: str
    data_sha256: str
    split_sha256: str
    optimistic: bool


def find_learners(root: Path) -> tuple[list[Found], list[str]]:
    """Every learner with results in the runs below `root`, and a line for each that is damaged or unfinished."""
    found: list[Found] = []
    problems: list[str] = []
    for place in find_runs(root):
        try:
            found += _of_run(place, root, problems)
        except Exception as error:  # a stranger's directory may break any reader
            problems.append(_line(place, error))
    return found, problems


def find_runs(root: Path) -> Iterator[Path]:
    """Folders with a study below `root`, or `root` itself, sorted; nothing inside of a run, nor behind a link."""
    for folder, inside, files in os.walk(root, followlinks=False):
        inside.sort()
        if STUDY in files:
            inside.clear()
            yield Path(folder)


def _of_run(place: Path, root: Path, problems: list[str]) -> Iterator[Found]:
    run = open_run(place)
    study, plan, begun = run.load_study(), run.load_plan(), run.load_environment()
    if plan.digest() != begun["folds_sha256"]:
        raise ValueError("folds.npz is not the plan that the run started with")
    learners, split = learners_of(run, study), plan.split_digest()
    for name in learners.every:
        directory = FrameworkDirectory(run.root / name)
        if directory.root.is_symlink() or not directory.metrics.is_file():
            problems.append(f"{directory.root}: has no results yet")
            continue
        try:
            (one,) = load_candidates([directory])
            _check_rows(one, plan)
        except Exception as error:
            problems.append(_line(directory.root, error))
            continue
        kind = _kind(name, study, learners.baselines, learners.imported)
        optimistic = kind == "search" and study.search is not None and study.search.selection == "plain"
        below = os.path.relpath(place, root)
        named = Candidate(f"{below}/{name}", one.metrics, one.predictions, run=below, framework=name)
        yield Found(named, below, kind, str(begun["data_sha256"]), split, optimistic)


def _kind(name: str, study: Study, baselines: Sequence[str], imported: Sequence[str]) -> str:
    if name in baselines:
        return "baseline"
    if name in imported:
        return "imported"
    return "search" if study.search is not None else "network"


def _check_rows(one: Candidate, plan: FoldPlan) -> None:
    """Refuse predictions of other rows than the plan's scored ones. Raises ValueError."""
    planned = {member[:3]: plan.rows_of(place, Role.scored) for place, member in enumerate(plan.members)}
    scored = {key for key, rows in planned.items() if len(rows)}
    if not {*one.members} <= scored or {key[1:] for key in one.members} != {key[1:] for key in scored}:
        raise ValueError("its folds are not those of the fold plan")
    for key in one.members:
        if not np.array_equal(np.sort(one.predictions.of_member(*key).row), planned[key]):
            raise ValueError(f"its rows of fold {key[2]} are not those of the fold plan")


def _line(place: Path, error: Exception) -> str:
    """`PLACE: cause`, in one line."""
    told = describe(error).splitlines()[0]
    return told if str(place) in told else f"{place}: {told}"
