"""Differences between training and evaluation of a study: another loss, weights of rows, rows drawn by class."""

from configs.schema import Study
from configs.seats.losses import OF_TASK


def trained_with(study: Study, task: str) -> str:
    """What training rows are measured by, if not as other rows are: `focal (gamma 2.0) with class weights`, or ""."""
    loss, causes = study.training.loss, _causes(study)
    if loss.is_of_task(task) and not causes:
        return ""
    arguments = ", ".join(f"{name} {value}" for name, value in loss.arguments.items() if value)
    name = f"{loss.of_task(task)} ({arguments})" if arguments else loss.of_task(task)
    return " with ".join([name, *filter(None, [" and ".join(causes)])])


def measured_with(task: str) -> str:
    """Name of the loss that validation, scored and test rows are measured by."""
    return OF_TASK[task]


def shifted_by(study: Study, task: str) -> str:
    """What makes predicted probabilities other than the frequencies in the table, like `class weights`; or ""."""
    return "" if task == "regression" else " and ".join(_causes(study))


def _causes(study: Study) -> list[str]:
    """Settings by which the training rows count otherwise than once each."""
    found = {
        "class weights": study.training.class_weights != "none",
        "row weights": study.data.weight is not None,
        "balanced sampling": study.training.sampling == "balanced",
    }
    return [name for name, is_set in found.items() if is_set]
