"""Display names of the metrics."""

from evaluation.judging.catalogue import metric_of


def label_of(name: str) -> str:
    """What a metric is called, whatever the task: `F1`."""
    return metric_of(name).label


def name_of(name: str, task: str) -> str:
    """What a metric is called in a `task`: `F1`, or with several classes `macro F1`."""
    return f"macro {label_of(name)}" if task == "multiclass" and metric_of(name).per_class else label_of(name)
