"""Which metrics there are, read from the source of their files: name = module, and nothing is imported for it."""

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from configs.loading.problems import close_match, question
from configs.seats.metric_keys import read_key
from configs.seats.signatures import Form, read_signature

FOLDER = Path(__file__).resolve().parents[2] / "evaluation" / "metrics"
TASKS = ("binary", "multiclass", "regression")
INPUTS = ("targets", "predicted", "probabilities", "scores", "logits", "task")
FORM = Form("", INPUTS, "name", some=True)
"""A metric's function: it takes those of the `INPUTS` that it needs; its keyword-only parameters are keys."""


class MetricFile(NamedTuple):
    """Declaration of a metric in its file: `tasks`, `place` among the default ones, `inputs` of its function.

    `problem` is why it cannot be used, "" if it can.
    """

    tasks: tuple[str, ...] = ()
    place: int | None = None
    inputs: tuple[str, ...] = ()
    problem: str = ""


@cache
def metric_files() -> dict[str, MetricFile]:
    """Name of each file of `FOLDER` that has a `METRIC` -> what it says: default ones by their place, then the rest."""
    found = {path.stem: one for path in sorted(FOLDER.glob("*.py")) if (one := read_metric(path))}
    return dict(sorted(found.items(), key=lambda item: (item[1].place is None, item[1].place or 0, item[0])))


def default_metrics(task: str) -> tuple[str, ...]:
    """The metrics of a `task` that a study has without naming them, in the order of the tables."""
    return tuple(name for name, one in metric_files().items() if one.place is not None and task in one.tasks)


def metrics_of(task: str) -> tuple[str, ...]:
    """Every metric that a `task` can have, default ones first."""
    return tuple(name for name, one in metric_files().items() if task in one.tasks)


def check_metrics(keys: Sequence[str], task: str) -> None:
    """Refuse metrics without a usable file, and those that `task` does not have ("auto": not known yet).

    Raises:
        ValueError: the message says which file or task, and what there is instead.
    """
    files = metric_files()
    for name in (read_key(key)[0] for key in keys):
        if name not in files:
            raise ValueError(f"there is no metric '{name}'{question(close_match(name, files), files)}")
        if files[name].problem:
            raise ValueError(files[name].problem)
        if task in TASKS and task not in files[name].tasks:
            known = ", ".join(metrics_of(task))
            raise ValueError(f"'{name}' is for {' and '.join(files[name].tasks)}, not for {task}; use {known}")


def read_metric(path: Path) -> MetricFile | None:
    """What the file at `path` says; None if it has no `METRIC`, and so is a module that metrics share."""
    place = f"evaluation/metrics/{path.name}"
    try:
        body = ast.parse(path.read_bytes()).body
    except SyntaxError as error:
        return MetricFile(problem=f"{place}:{error.lineno or 1}: {error.msg}")
    call = next((node.value for node in body if isinstance(node, ast.Assign) and _is_metric(node.targets)), None)
    if call is None:
        return None
    function = next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == path.stem), None)
    inputs = tuple(one.arg for one in function.args.args) if function else ()
    said = {word.arg: word.value for word in call.keywords} if isinstance(call, ast.Call) else {}
    try:
        tasks, order = (ast.literal_eval(said[key]) if key in said else None for key in ("tasks", "place"))
    except ValueError:
        return MetricFile(problem=f"{place}:{call.lineno}: write tasks and place of METRIC out, as tasks=('binary',)")
    if not isinstance(tasks, tuple) or not tasks or not set(tasks) <= set(TASKS):
        return MetricFile(problem=f"{place}:{call.lineno}: tasks must be a tuple of {', '.join(TASKS)}")
    if function is None:
        return MetricFile(problem=f"{place}: there is no function {path.stem}(targets, ...); name = module")
    if unknown := [name for name in inputs if name not in INPUTS]:
        cause = f"{path.stem} takes '{unknown[0]}', which no metric is given"
        return MetricFile(problem=f"{place}:{function.lineno}: {cause}{question(None, INPUTS)}")
    try:
        read_signature(path, FORM)
    except ValueError as error:
        return MetricFile(problem=str(error))
    return MetricFile(tasks, order, inputs)


def _is_metric(targets: Sequence[ast.expr]) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "METRIC" for one in targets)
