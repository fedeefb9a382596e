"""One fold's network of a finished run as an ordinary model of its framework: to save, explain, or train on."""

from importlib import import_module
from pathlib import Path
from typing import Any

from configs.files.given_files import resolved
from configs.learners import LEARNERS
from experiment.nets.networks import Networks, load_networks
from experiment.results.comparing.candidates import networks_of
from experiment.run.exit_codes import WRONG_STUDY, RunError


def fold_network(
    run: str | Path, fold: int, *, repeat: int | None = None, seed: int | None = None, probabilities: bool = False
) -> Any:
    """The network of one fold: a `torch.nn.Module`, or a `keras.Model`, of the framework that has trained it.

    `run` is a run, of whose frameworks the first is taken, or one framework's part of it: RUN/tensorflow. Nothing of
    the other framework is imported. The rest as `fold_network` of `lightning_mods` and `tf_models`.
    """
    directory = networks_of(resolved(Path(run)))[0]
    room = import_module(f"{LEARNERS[directory.name].room}.fold_network")
    return room.fold_network(directory.root, fold, repeat=repeat, seed=seed, probabilities=probabilities)


def load_network(
    run: str | Path, framework: str, fold: int, repeat: int | None = None, seed: int | None = None
) -> Networks:
    """The network of one fold that `framework` has trained in `run`, which may be its own part of a run.

    Raises:
        RunError: it is no run, or `framework` has trained nothing in it, or every fold has failed.
        StudyError: a file is damaged, or there is no such network.
    """
    found = {directory.name: directory for directory in networks_of(resolved(Path(run)))}
    if framework not in found:
        others = " and ".join(f"{LEARNERS[name].room}.fold_network" for name in found)
        cause = f"has no network that {framework} has trained"
        raise RunError(WRONG_STUDY, f"{run}: {cause}; take those of {others}, in another process")
    return load_networks(found[framework]).only(fold, repeat, seed)
