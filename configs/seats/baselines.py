"""The seat of the baselines: files of `sklearn_models/baselines`, which `baselines` of a study names."""

from configs.loading.problems import shown
from configs.seats.seat import Seat
from configs.seats.signatures import Form

BASELINES = Seat(
    "baseline",
    ("baselines",),
    "sklearn_models/baselines",
    Form("build", ("task", "seed"), "name"),
    ("LABELS",),
    neutral=True,
    own_process=True,
)


def check_baselines(names: tuple[str, ...]) -> None:
    """Refuse names without a file, and files without `build(task, seed)` or labels. Raises ValueError."""
    for name in names:
        BASELINES.check(name)
        if arguments := BASELINES.arguments_of(name).model_fields:
            place = BASELINES.place_of(name)
            raise ValueError(f"{place}: build takes '{next(iter(arguments))}', which a study cannot set: write it out")
        label_of_baseline(name, "binary")


def label_of_baseline(name: str, task: str) -> str:
    """Return what a baseline is called where a person reads: of classes, or of a regression.

    Raises:
        ValueError: its file does not say so.
    """
    labels = BASELINES.constants_of(name)["LABELS"]
    if not isinstance(labels, tuple) or len(labels) != 2 or not all(isinstance(one, str) for one in labels):
        place = BASELINES.place_of(name)
        raise ValueError(f"{place}: LABELS must be two names, of classes and of a regression, received {shown(labels)}")
    return str(labels[task == "regression"])
