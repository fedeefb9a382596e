"""Training by child processes, one for each framework: the parent starts them, and gives each its turn."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial

from configs.errors import StudyError
from configs.learners import BASELINES
from datamodules.fold_data import FoldData
from experiment.nets.twins import check_parameters, net_checks
from experiment.record.log import tell
from experiment.run.exit_codes import DONE, NUMERICAL_FAILURE, SOME_FOLDS_FAILED, WRONG_STUDY
from experiment.run.run_directory import RunDirectory
from experiment.training.children import Child, Children, started
from experiment.training.interrupts import ended_by, passing_on


@contextmanager
def training(
    frameworks: Sequence[str],
    run: RunDirectory,
    debug: bool = False,
    folds: FoldData | None = None,
    children: Children | None = None,
) -> Iterator[Callable[[str], int]]:
    """A function that trains the run with one of `frameworks`, and waits until that has saved its state.

    The `children` are those that were started before the run was there; without them they start now. Without `folds`
    each of them reads the data.

    A signal that ends the run before raises what its handler does, and the children leave. It returns the exit code of
    the framework's process; 128 + n if signal n came to this process or ended that one.
    They all start at once, import what they need and try the net: the first one to train waits until all have, and none
    trains if one of them has refused it.
    """
    search = run.load_study().search
    asks = search is not None and search.asks_keras_tuner
    with nullcontext(children) if children else started(frameworks, debug, asks) as children:
        children.hand(run.root, folds)
        trying = {name: child for name, child in children.items() if name != BASELINES.name}
        verdict = cache(partial(accepted, run, trying))

        def train(framework: str) -> int:
            child = children[framework]
            wanted = framework == BASELINES.name or verdict()
            with passing_on(child.process) as came:
                code = (child.begin() if wanted else child.leave()).wait()
            if code < 0:
                tell(f"{framework}: {_ended_by(-code, came)}; continue with --resume {run.root}")
            if came:
                return 128 + came[0]
            if code < 0:
                return 128 - code
            if framework == BASELINES.name:  # nothing was asked to wait for it, and each has its own folder
                return code
            trained = run.framework(framework).fits.is_file()
            if code == DONE and not trained:
                return WRONG_STUDY  # of the other framework, which has said why
            # Python itself exits with 1 after what nobody caught: no fold was trained then.
            return code if trained or code != SOME_FOLDS_FAILED else NUMERICAL_FAILURE

        yield train


def can_train(frameworks: Sequence[str], run: RunDirectory, debug: bool = False) -> bool:
    """Whether the net of a run can be trained in all `frameworks`; what is wrong is printed. Nothing is trained."""
    with started(frameworks, debug) as children:
        children.hand(run.root)
        return accepted(run, children)


def accepted(run: RunDirectory, children: Mapping[str, Child]) -> bool:
    """Whether every child can train the net, and their nets are twins; what is wrong is said once."""
    ready = [child.is_ready() for child in children.values()]  # each of them says what is wrong with its own
    if not all(ready):
        return False
    try:
        study = run.load_study()
        check_parameters(net_checks(run, study), study.model.net)
    except StudyError as error:
        tell(str(error))
        return False
    return True


def _ended_by(number: int, came: Sequence[int]) -> str:
    if came[1:]:
        return f"was ended at once by a second signal, {signal.Signals(came[1]).name}"
    return ended_by(number)
