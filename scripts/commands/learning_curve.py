"""Implementation of `learning_curve.py`: a run whose learners train every size, conducted and shown as any other."""

import argparse

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.schema import Study
from experiment.learning_curve.sizes import DEFAULT, checked_sizes
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.run_directory import RunDirectory
from scripts.commands.guard import guarded, hear_interrupts
from scripts.commands.train import begin, move, print_outcome, resume, split_arguments


def run_learning_curve(arguments: argparse.Namespace) -> int:
    """Run the command; every error becomes one line for each problem, and an exit code."""
    return guarded(lambda: _run(arguments), arguments.debug, resumable=True)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        _check_run(arguments)
        move(arguments.resume, arguments.study)
        hear_interrupts()
        outcome = resume(arguments.resume, arguments.debug)
    else:
        study = of_networks(load_study(*split_arguments(arguments.study)))
        sizes = checked_sizes(arguments.sizes or DEFAULT)
        hear_interrupts()
        outcome = begin(study, arguments.debug, sizes)
    code = print_outcome(outcome)
    show(outcome.run)
    return code


def _check_run(arguments: argparse.Namespace) -> None:
    """Raise RunError if there is no such run, or it has no learning curve."""
    from experiment.run.opening import open_run

    if not open_run(arguments.resume).sizes.is_file():
        cure = f"go on with it: python scripts/train.py --resume {arguments.resume}"
        raise RunError(WRONG_STUDY, f"{arguments.resume}: is a run without a learning curve; {cure}")


def of_networks(study: Study) -> Study:
    """The study without search and baselines, which have no part in a learning curve. Raises StudyError."""
    if not study.frameworks:
        raise StudyError(["framework: is none, and a learning curve is of networks; set it to both"])
    return study.model_copy(update={"search": None, "baselines": ()})


def show(run: RunDirectory) -> None:
    """Print the learning curve, and whether more rows would help; nothing before it is there."""
    from rich.console import Console

    from evaluation.learning_curve import main_metric
    from experiment.learning_curve.results import read_curves
    from reporting.tables.learning_curve_table import learning_curve_table

    if curves := read_curves(run):
        metric = main_metric(next(iter(curves.values())))
        answers = {name: curve["answer"][metric]["sentence"] for name, curve in curves.items()}
        Console().print("", learning_curve_table(curves, metric), "")
        alike = len(set(answers.values())) == 1
        print("\n".join(list(answers.values())[:1] if alike else [f"{name}: {line}" for name, line in answers.items()]))
        print(f"learning curve  {run.learning_curve}, .csv, and <learner>/learning_curve.png", flush=True)
