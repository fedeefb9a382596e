"""Implementation of `train.py`: each command is one call below, and its result is printed."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.errors import StudyError
from configs.learners import BASELINES
from configs.loading.loading import dump_study, load_study, study_schema
from configs.schema import Study
from experiment.run.exit_codes import DONE, ENDED_BY_SIGNAL, WRONG_STUDY
from scripts.commands.guard import drop_output, guarded, has_closed, hear_interrupts

if TYPE_CHECKING:
    from experiment.results.outcome import Outcome


def run_command(arguments: argparse.Namespace) -> int:
    """Run the command; every error becomes one line for each problem, and an exit code."""
    return guarded(lambda: _run(arguments), arguments.debug, resumable=True)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.print_schema:
        print(json.dumps(study_schema(), indent=2))
        return DONE
    if arguments.resume:
        move(arguments.resume, arguments.study)
        return _train(None, arguments)
    study = load_study(*split_arguments(arguments.study))
    if arguments.print_config:
        print(dump_study(study), end="")
        return DONE
    study = study.model_copy(update={"search": None})  # tune.py searches; here the study is trained as written
    return dry_run(study, arguments.debug) if arguments.dry_run else _train(study, arguments)


def split_arguments(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The study file, if one is given, and the `key=value` overrides. Raises StudyError for two files."""
    files = [word for word in words if "=" not in word]
    if len(files) > 1:
        raise StudyError(
            [f"{files[1]}: one study file is enough, {files[0]} is already given; write changes as key=value"]
        )
    return (Path(files[0]) if files else None), [word for word in words if "=" in word]


def dry_run(study: Study, debug: bool) -> int:
    """Show table, folds and hints, and try the net; nothing is trained."""
    from datamodules.checks.describe import describe_plan, describe_table
    from datamodules.checks.fold_hints import fold_hints
    from datamodules.checks.hints import hints
    from datamodules.fold_data import fold_data
    from datamodules.folds.method import describe_method
    from experiment.rules.resources.devices import driver_device, idle_precision
    from experiment.training.dry_run import check_nets

    folds = fold_data(study)
    print(describe_table(folds.table))
    print(describe_plan(folds.table, folds.plan))
    told = [line for line in [describe_method(study.folds, folds.table)] if line]
    lines = idle_precision(study, driver_device(study))
    told += [*hints(folds.table, folds.plan), *fold_hints(folds.table, folds.plan), *lines]
    for line in told:
        print(line, flush=True)
    if not study.frameworks:
        return DONE
    hear_interrupts()
    weights, disagreement = check_nets(study, debug)
    print(f"net '{study.model.net}': {weights:,} weights, checked in {' and '.join(study.frameworks)}")
    print(f"{disagreement}\n" if disagreement else "", end="")
    return DONE


def _train(study: Study | None, arguments: argparse.Namespace) -> int:
    hear_interrupts()
    outcome = resume(arguments.resume, arguments.debug) if study is None else begin(study, arguments.debug)
    return print_outcome(outcome)


def print_outcome(outcome: "Outcome") -> int:
    """Print the results of a run; return its exit code."""
    from scripts.commands.showing import show_results

    if not outcome.run.root.is_dir():
        return outcome.exit_code  # the frameworks have said why they refuse the study, and there is nothing to show
    try:
        show_results(outcome)
    except (OSError, SystemExit) as end:
        if not has_closed(end) and outcome.exit_code not in ENDED_BY_SIGNAL:
            raise
        drop_output()  # to a pipe that was closed, or to a terminal, which has ended the run
    return outcome.exit_code


def begin(study: Study, debug: bool, sizes: Sequence[float] = ()) -> "Outcome":
    """Train or search a valid study: its frameworks are imported while the parent imports what it needs, and reads.

    `sizes` are those of a learning curve. A run that no framework accepts is removed: as with a study that is not
    valid, the command can be given again, once what is wrong is fixed.
    """
    from experiment.training.children import started

    baselines = [BASELINES.name] * bool(study.baselines)
    asks = study.search is not None and study.search.asks_keras_tuner
    with started([*study.frameworks, *baselines], debug, asks) as children:
        gc.disable()  # until `imported`
        from datamodules.checks.describe import describe_reading
        from datamodules.checks.fold_hints import fold_hints
        from datamodules.fold_data import fold_data
        from datamodules.folds.method import describe_method
        from experiment.conduct import conduct, prepare
        from experiment.learning_curve.sizes import check_sizes, write_sizes
        from experiment.run.opening import remove_refused
        from experiment.training.launch import imported

        imported()
        folds = fold_data(study)
        check_sizes(study, folds, sizes)
        run = prepare(study, sys.argv, folds)
        if sizes:
            write_sizes(run, sizes)
        lines = [*describe_reading(folds.table), describe_method(study.folds, folds.table)]
        lines += fold_hints(folds.table, folds.plan)
        print("".join(f"{line}\n" for line in lines if line), end="", flush=True)
        outcome = conduct(run, debug, folds, children)
        if outcome.exit_code == WRONG_STUDY:
            remove_refused(run, study.frameworks)
        return outcome


def move(path: Path, overrides: Sequence[str]) -> None:
    """Change on what a run is trained. Raises StudyError for other keys."""
    from experiment.run.marks.moving import check_places, move_run
    from experiment.run.opening import open_run

    check_places(overrides)
    if overrides:
        move_run(open_run(path), overrides)


def resume(path: Path, debug: bool) -> "Outcome":
    """Go on with a run, or a search."""
    from experiment.conduct import conduct
    from experiment.run.opening import open_run

    return conduct(open_run(path), debug)
