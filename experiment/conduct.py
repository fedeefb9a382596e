"""Steps of a run: prepare the data and folds, train in each framework, evaluate, report, mark as done."""

import shlex
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from configs.files.atomic import write_bytes, write_json, write_text
from configs.files.places import PROJECT, data_folder
from configs.learners import BASELINES
from configs.loading.settings import Settings
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds.method import settled
from datamodules.table import Table
from experiment.nets.disagreement import disagreement
from experiment.results.failures import code_of_failed
from experiment.results.hints import keep_hints
from experiment.results.judging import judge, judged
from experiment.results.outcome import Outcome
from experiment.results.report_file import write_report
from experiment.results.row_groups import keep_groups
from experiment.rules.chosen_files import check_chosen_files
from experiment.rules.monitor import check_monitored_rows
from experiment.run.environment import environment
from experiment.run.exit_codes import DONE, ENDED_BY_SIGNAL, WRONG_STUDY, RunError
from experiment.run.files.reading import sealed
from experiment.run.files.schema_file import write_schema
from experiment.run.locks import locked
from experiment.run.marks.search import begun_search
from experiment.run.marks.study import trained_digest
from experiment.run.opening import create_run
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import learners_of
from experiment.run.source import read_source
from experiment.training.backend import training
from experiment.training.children import Children, require
from experiment.training.workers.sharing import require_launcher
from reporting.page.report import HTML, MARKDOWN

Training = Callable[[list[str]], AbstractContextManager[Callable[[str], int]]]
"""Begins the training of some frameworks; what it gives trains one of them, and returns the exit code."""


def prepare(study: Study, command: list[str], folds: FoldData | None = None) -> RunDirectory:
    """Make the run directory, with study, fold plan and environment, which both frameworks read.

    `folds` are those of the study, if they have been read already.

    Raises:
        StudyError: the data is wrong or cannot be split as the study requires; no directory is made.
        RunError: a framework is not installed, or the directory cannot be made.
    """
    for name in processes(study):
        require(name)
    require_launcher(study)
    folds = folds or fold_data(study)
    check_chosen_files(study, folds.table)
    check_monitored_rows(study, folds)
    run = create_run(anchored(study, folds.table))
    folds.plan.save(run.folds)
    if folds.table.groups is not None:
        keep_groups(run, folds.table.groups)
    source = read_source(PROJECT, Path(study.output.root))
    if source.diff:
        write_bytes(run.source, source.diff)
    ran_on = environment(command, folds.table.digest(), folds.plan.digest(), source)
    write_schema(run, folds.table)
    begun = {"study_sha256": trained_digest(Settings.read(run.study).data), "search": begun_search(study)}
    write_json(run.environment, sealed(ran_on | begun))
    return run


def anchored(study: Study, table: Table) -> Study:
    """The study with absolute paths of files, so that the run can be resumed from another folder, and without `auto`.

    The method of the folds becomes the one that `auto` stands for with this table.
    """
    source, root = Path(study.data.source), data_folder(study.data.root)
    places = {"source": source} if source.suffix and source.is_file() else {}
    places |= {"root": root} if root.is_dir() else {}
    data = study.data.model_copy(update={key: str(place.resolve()) for key, place in places.items()})
    return study.model_copy(update={"data": data, "folds": settled(study.folds, table)})


def conduct(
    run: RunDirectory, debug: bool = False, folds: FoldData | None = None, children: Children | None = None
) -> Outcome:
    """Train the frameworks that are not trained yet, evaluate them, and mark the run as done.

    `folds` are those that a new run was prepared with, `children` the processes of all its frameworks if they have
    been started already. A framework that fails does not stop the other one; an interruption ends the run at once.

    Raises:
        RunError: another process runs in the directory, the data has changed since the run started, or a framework that
            is not trained yet is missing here.
    """
    study, outcome = run.load_study(), Outcome(run)
    with locked(run.root), ThreadPoolExecutor(max_workers=1) as aside:
        folds = folds or checked_data(run, study)
        hints = aside.submit(keep_hints, run, study, folds)
        reported = is_reported(run, study)
        begin = partial(training, run=run, debug=debug, folds=folds, children=children)
        interrupted = train_and_judge(run, study, outcome, aside, begin)
        outcome.hints = hints.result()
        outcome.disagreement = disagreement(run, study)
        if outcome.metrics and not reported and not interrupted:
            write_report(outcome, study)
        if len(outcome.metrics) + len(outcome.baselines) == len(learners_of(run, study).every) and not interrupted:
            write_text(run.done, "")
    return outcome


def is_reported(run: RunDirectory, study: Study) -> bool:
    """Whether the report is written and its metrics are current."""
    reports = [run.root / name for name in (HTML, MARKDOWN)]
    finished = run.done.is_file() and all(report.is_file() for report in reports)
    return finished and all(judged(study, run.framework(name)) for name in learners_of(run, study).every)


def train_and_judge(run: RunDirectory, study: Study, outcome: Outcome, aside: Executor, begin: Training) -> bool:
    """Fill `outcome` framework by framework; return whether a signal ended the run.

    `begin` is `training` of the run. The executor `aside` evaluates a framework while the next one trains.
    """
    missing = processes(study, run)
    with begin(missing) as train:
        verdicts, interrupted = {}, False
        for process in processes(study):
            code = train(process) if process in missing else DONE
            for name in study.baselines if process == BASELINES.name else (process,):
                if (directory := run.framework(name)).fits.is_file():
                    verdicts[name] = aside.submit(judge, study, directory, outcome.results[name])
            outcome.exit_code = max(outcome.exit_code, code)
            interrupted = code in ENDED_BY_SIGNAL
            if interrupted:
                break
    for name in learners_of(run, study).imported:
        verdicts[name] = aside.submit(judge, study, run.framework(name), outcome.results[name])
    for name, verdict in verdicts.items():
        if interrupted and verdict.cancel():
            continue  # it will not start any more
        if name not in study.frameworks:
            outcome.baselines[name] = verdict.result()
            continue
        metrics = outcome.metrics[name] = verdict.result()
        outcome.exit_code = max(outcome.exit_code, code_of_failed(metrics))
    return interrupted


def processes(study: Study, run: RunDirectory | None = None) -> list[str]:
    """The names of the processes that train a study, in their order; of a run, those that have something left to do."""
    names = [*study.frameworks, *[BASELINES.name] * bool(study.baselines)]
    if run is None:
        return names
    done = {name for name in study.learners if run.framework(name).fits.is_file()}
    return [name for name in names if name not in done and not (name == BASELINES.name and done >= {*study.baselines})]


def checked_data(run: RunDirectory, study: Study) -> FoldData:
    """The data and folds that the run started with. Raises RunError, StudyError if they have changed."""
    started = run.load_environment()
    plan = run.load_plan()
    if plan.digest() != started["folds_sha256"]:
        raise RunError(WRONG_STUDY, f"{run.folds}: is not the plan that the run started with; start a new run")
    folds = fold_data(study, plan)
    if folds.table.digest() != started["data_sha256"]:
        raise RunError(WRONG_STUDY, f"{folds.table.name}: is not what {run.root} started with; start a new run")
    return folds


def describe_place(run: RunDirectory) -> list[str]:
    """Lines with the path of the run and, where there are any, those of its report and of its event files."""
    root = Path(run.root)
    page = [f"report       {root / HTML}"] * (root / HTML).is_file()
    board = [f"TensorBoard  tensorboard --logdir {shlex.quote(str(root))}"] * any(root.glob("*/events.out.tfevents.*"))
    return [f"results      {root}", *page, *board]
