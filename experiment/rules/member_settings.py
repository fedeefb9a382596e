"""Member settings: learning rate, weight decay, clipping, loss arguments and stopping of each member of a stack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from configs.seats.schedules import Schedule
from datamodules.fold_data import FoldData

Values = NDArray[np.float64]
_Net = TypeVar("_Net")


@dataclass(frozen=True, eq=False)
class MemberSettings:
    """What may differ between the members of a stack, each array `(members,)`; a study gives all the same value.

    Attributes:
        studies: the study of each member, from which its network is built.
        learning_rate: size of the step, before a schedule.
        weight_decay: pull of the weights towards 0.
        clip_norm: largest norm of the gradient; inf does not clip.
        loss: numeric arguments of the training loss, by name.
        max_epochs: passes over the training rows, at most: int64.
        patience: epochs without improvement before a member is finished: int64, 0 for a study without early stopping.
        min_delta: a smaller improvement does not count.
    """

    studies: tuple[Study, ...]
    learning_rate: Values
    weight_decay: Values
    clip_norm: Values
    loss: Mapping[str, Values]
    max_epochs: NDArray[np.int64]
    patience: NDArray[np.int64]
    min_delta: Values

    @property
    def longest(self) -> int:
        """Epochs of the stack: those of the member that may train longest."""
        return int(self.max_epochs.max())

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The schedule of the learning rate of each member."""
        return tuple(one.optimizer.schedule for one in self.studies)

    def of_models(self, build: Callable[[Study], _Net]) -> list[_Net]:
        """`build` of the study of each member, called once for every model among them."""
        models = [one.model.model_dump_json() for one in self.studies]
        built = {model: build(self.studies[models.index(model)]) for model in dict.fromkeys(models)}
        return [built[model] for model in models]

    def own(self) -> dict[str, Values]:
        """What the members do not share of what a step needs, each `(members, 1)`: `clip_norm`, `loss.NAME`, ..."""
        values = {"weight_decay": self.weight_decay, "clip_norm": self.clip_norm}
        values |= {f"loss.{name}": array for name, array in self.loss.items()}
        return {name: array[:, None] for name, array in values.items() if (array != array[0]).any()}


def member_settings(study: Study, folds: FoldData) -> MemberSettings:
    """Settings of the members of `folds`: those of their trials' studies, or of `study` where `folds` has no trials."""
    studies = tuple(folds.trials[member.trial] if folds.trials else study for member in folds.members)
    optimizers = [one.optimizer for one in studies]
    stopping = [one.training.early_stopping for one in studies]
    losses = [one.training.loss.arguments for one in studies]
    return MemberSettings(
        studies=studies,
        learning_rate=np.array([one.learning_rate for one in optimizers], np.float64),
        weight_decay=np.array([one.weight_decay for one in optimizers], np.float64),
        clip_norm=np.array([np.inf if one.clip_norm is None else one.clip_norm for one in optimizers], np.float64),
        loss={
            name: np.array([one[name] for one in losses], np.float64)
            for name, value in study.training.loss.arguments.items()
            if isinstance(value, float)
        },
        max_epochs=np.array([one.training.max_epochs for one in studies], np.int64),
        patience=np.array([one.patience if one else 0 for one in stopping], np.int64),
        min_delta=np.array([one.min_delta if one else 0.0 for one in stopping], np.float64),
    )
