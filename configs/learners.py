"""The one table of learners: what a study can be trained with, where that lives, and by which module each part starts.

A learner must leave predictions and how its fits went (`predictions.parquet`, `validation.parquet`, `fits.json`).
History, weights, graph and net check are read downstream where they are. Only a learner whose room is there is offered.
"""

from typing import Literal, NamedTuple

from configs.files.places import PROJECT

Framework = Literal["both", "lightning", "tensorflow", "none"]
"""What `framework` of a study may be: `both`, the name of a learner, or `none` for the baselines alone."""


class Learner(NamedTuple):
    """One line of the table.

    Attributes:
        name: what a study calls it, and its folder in a run.
        room: folder of its code, a package.
        fit: module that trains, started in a process of its own.
        predicting: module with `member_logits`, the framework's part of a `Predictor`.
        module: the package that it needs, which is looked for before anything starts, and not imported.
        packages: distributions whose versions are recorded.
        adapter: the only module of `datamodules` that imports its framework.
        twin: the learner that trains the same nets; None if there is none.
    """

    name: str
    room: str
    fit: str
    predicting: str
    module: str
    packages: tuple[str, ...]
    adapter: str
    twin: str | None

    @property
    def nets(self) -> str:
        """Folder of its nets, in the project."""
        return f"{self.room}/nets"

    def is_here(self) -> bool:
        """Whether its folder holds the package; bytecode that a deleted one has left does not count."""
        return (PROJECT / self.room / "__init__.py").is_file()


LEARNERS = {
    learner.name: learner
    for learner in (
        Learner(
            name="lightning",
            room="lightning_mods",
            fit="lightning_mods.fit",
            predicting="lightning_mods.predicting",
            module="pytorch_lightning",
            packages=("torch", "pytorch-lightning", "torchmetrics"),
            adapter="datamodules.lightning",
            twin="tensorflow",
        ),
        Learner(
            name="tensorflow",
            room="tf_models",
            fit="tf_models.fit",
            predicting="tf_models.predicting",
            module="tensorflow",
            packages=("tensorflow", "tensorflow-cpu", "keras"),
            adapter="datamodules.tensorflow",
            twin="lightning",
        ),
    )
}

BASELINES = Learner(
    name="baselines",
    room="sklearn_models",
    fit="sklearn_models.fit",
    predicting="",
    module="sklearn",
    packages=("scikit-learn",),
    adapter="",
    twin=None,
)
"""What trains the baselines of a study, all in one process; their results are in a folder for each."""


def learner(name: str) -> Learner:
    """A learner, or the baselines, by name."""
    return BASELINES if name == BASELINES.name else LEARNERS[name]


def is_network(name: str) -> bool:
    """Whether a learner of a run trains networks: a baseline and an imported model have no epochs and no weights."""
    return name in LEARNERS


def trained_by(framework: str) -> tuple[str, ...]:
    """The learners that a study's `framework` means, in their order: all twins for `both`; none for an unknown name."""
    return tuple(one.name for one in LEARNERS.values() if framework == one.name or (framework == "both" and one.twin))


def in_room(room: str) -> Learner:
    """The learner of a room. Raises LookupError if there is none."""
    return {one.room: one for one in LEARNERS.values()}[room]


def offered() -> list[str]:
    """The names of the learners whose room is there."""
    return [one.name for one in LEARNERS.values() if one.is_here()]


def absence(name: str) -> str:
    """Message on a learner whose room is missing, with cause and cure; "" if it is there."""
    if learner(name).is_here():
        return ""
    others = "".join(f", or set framework={other}" for other in offered()[:1])
    others = ", or set baselines=[]" if name == BASELINES.name else others
    return f"there is no {learner(name).room}/ in this copy; put it back{others}"
