"""The seat of the losses, and `training.loss`, which chooses one of them."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from configs.loading.problems import shown
from configs.seats.chosen import Chosen, as_section
from configs.seats.seat import Seat
from configs.seats.signatures import Form
from configs.types import Text

LOSSES = Seat(
    "loss", ("training", "loss"), "losses", Form("row_losses", ("logits", "targets"), "name"), ("TASKS", "UNIT_POWER")
)
OF_TASK = {"binary": "cross_entropy", "multiclass": "cross_entropy", "regression": "squared"}
"""The loss that `auto` stands for, and that validation and test rows are measured by whatever the training loss is."""


class Loss(Chosen):
    """The training loss; further keys are the keyword arguments of its row_losses(...)."""

    SEAT: ClassVar[Seat] = LOSSES
    WITHOUT_FILE: ClassVar[tuple[str, ...]] = ("auto",)

    name: Text = Field("auto", description="NAME of {lightning_mods,tf_models}/losses/NAME.py; auto is the task's own")

    def of_task(self, task: str) -> str:
        """Return the name of the loss that is trained with: that of the task in place of `auto`."""
        return OF_TASK[task] if self.name == "auto" else self.name

    def is_of_task(self, task: str) -> bool:
        """Return whether rows are trained with the same loss as they are measured by."""
        return self.of_task(task) == OF_TASK[task] and not any(self.arguments.values())

    def unit_power(self, task: str) -> int:
        """Return which power of the target's units the loss has: 0 none, 1 the units, 2 their square."""
        return _facts(self.of_task(task))[1]

    def check_task(self, task: str) -> None:
        """Refuse a task that the loss is not made for.

        Raises:
            ValueError: the message names the tasks that it is made for, and losses of the `task`.
        """
        if self.name == "auto" or task in (tasks := _facts(self.name)[0]):
            return
        others = [name for name in LOSSES.known() if task in _facts(name)[0]]
        raise ValueError(f"loss '{self.name}' is for {' and '.join(tasks)}, not for {task}: use {', '.join(others)}")

    @field_validator("name")
    @classmethod
    def _file_tells_its_tasks_and_units(cls, name: str) -> str:
        if name != "auto":
            _facts(name)
        return name


def _facts(name: str) -> tuple[tuple[str, ...], int]:
    """Return the tasks of a loss that exists and its power of the target's units. Raises ValueError for others."""
    tasks, power = LOSSES.constants_of(name).values()
    file = LOSSES.place_of(name)
    if not isinstance(tasks, tuple) or not tasks or not set(tasks) <= set(OF_TASK):
        raise ValueError(f"{file}: TASKS must be some of {', '.join(OF_TASK)}, as a tuple, received {shown(tasks)}")
    if power not in (0, 1, 2):
        raise ValueError(f"{file}: UNIT_POWER must be 0, 1 or 2, received {shown(power)}")
    return tasks, power


LossOrName = Annotated[Loss, BeforeValidator(as_section, json_schema_input_type=str | Loss)]
