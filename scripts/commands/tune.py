"""Implementation of `tune.py`: a search is a run, conducted and shown as one."""

import argparse

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.schema import Study
from configs.search.space import Dimension, dimensions, searched
from evaluation.judging.catalogue import label_of
from experiment.run.exit_codes import RunError
from reporting.search_words import value_in_words
from scripts.commands.guard import guarded, hear_interrupts
from scripts.commands.train import begin, dry_run, print_outcome, resume, split_arguments

EXAMPLE = "search.space={optimizer.learning_rate: {low: 1.0e-4, high: 1.0e-2, log: true}}"


def run_tuning(arguments: argparse.Namespace) -> int:
    """Run the command; every error becomes one line for each problem, and an exit code."""
    return guarded(lambda: _run(arguments), arguments.debug, resumable=True)


def _run(arguments: argparse.Namespace) -> int:
    from experiment.search.space import check_space

    if arguments.resume:
        return _resume(arguments)
    study = load_study(*split_arguments(arguments.study))
    if not study.search:
        raise StudyError([f"search.space: is not set, so there is nothing to search; set it, like '{EXAMPLE}'"])
    study = one_learner(study)
    print("\n".join([*describe_search(study), *check_space(study)]), flush=True)
    if arguments.dry_run:
        return dry_run(study, arguments.debug)
    hear_interrupts()
    return print_outcome(begin(study, arguments.debug))


def _resume(arguments: argparse.Namespace) -> int:
    from experiment.run.marks.moving import is_place, move_run
    from experiment.run.opening import open_run
    from experiment.search.raising import raise_budget

    hear_interrupts()
    run = open_run(arguments.resume)
    raise_budget(run, [one for one in arguments.study if not is_place(one)])
    move_run(run, [one for one in arguments.study if is_place(one)])
    return print_outcome(resume(arguments.resume, arguments.debug))


def one_learner(study: Study) -> Study:
    """The study for the first of its learners that is installed: any other would give the same answer.

    Raises StudyError, RunError if it has none.
    """
    from experiment.training.children import require

    if not study.frameworks:
        raise StudyError(["framework: is none, and baselines have no keys to search; set it to lightning"])
    for name in study.frameworks:
        try:
            require(name)
        except RunError:
            if name == study.frameworks[-1]:
                raise
            continue
        if len(study.frameworks) > 1:
            others = " and ".join(other for other in study.frameworks if other != name)
            print(f"searched with {name} alone; {others} would give the same answer")
        return study.model_copy(update={"framework": name})
    raise AssertionError


def describe_search(study: Study) -> list[str]:
    """Lines on how a study is searched, and a line for each key."""
    search = searched(study)
    limit = f", at most {search.minutes:g} minutes" if search.minutes else ""
    judged = f"{search.selection} selection by the {label_of(search.objective.key)} of validation rows"
    width = max(map(len, search.space))
    space = {one.key: one for one in dimensions(study)}
    keys = [f"  {key:<{width}}  {_range(space[key])}" for key in search.space]
    return [f"search: {search.trials} trials by oracle {search.oracle}{limit}, {judged}", *keys]


def _range(one: Dimension) -> str:
    axis = one.axis
    if axis.choices is not None:
        told = "one of " + ", ".join(map(value_in_words, axis.choices))
    else:
        step = f", step {axis.step:g}" if axis.step else ""
        beyond = f", the last is {one.values[-1]:g}" if one.values and one.values[-1] != axis.high else ""
        told = f"{axis.low:g} to {axis.high:g}{step}{beyond}{', logarithmic' * axis.log}"
    conditions = [f"{key} is {value_in_words(wanted)}" for key, wanted in axis.when.items()]
    return f"{told}, where {' and '.join(conditions)}" if conditions else told
