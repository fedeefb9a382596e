"""TensorBoard's HParams tab: a row for each framework of a run, with hyperparameters and metrics.

There is no experiment summary on purpose: with one, TensorBoard uses the columns of the first run that it finds;
without one it collects those of all runs, and which of them differ.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from configs.schema import Study
from evaluation.judging.catalogue import metrics_of_run
from reporting.board import tags

NOT_SETTINGS: dict[str, Any] = dict.fromkeys(("name", "framework", "baselines", "output"), True) | {
    "data": {"root"},
    "folds": {"method"},
}
"""Keys that are no columns: locations, and values with a column of their own."""

VARIED = (
    "model.dropout", "model.hidden", "optimizer.learning_rate", "optimizer.weight_decay", "seed", "training.batch_size",
)  # fmt: skip
"""Keys that are always columns."""


def session_start(study: Study, framework: str, time: float) -> Summary.Value:
    """The study's `settings`, and the start time of its training; the row's name is that of its directory."""
    return start_of({"framework": framework} | settings(study), time)


def start_of(values: Mapping[str, Any], time: float) -> Summary.Value:
    """The columns of a row, name -> value, and its start time in seconds since 1970."""
    info = SessionStartInfo(start_time_secs=time)
    for name, value in values.items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, int | float):
            info.hparams[name].number_value = value
        else:
            info.hparams[name].string_value = "null" if value is None else str(value)
    return _summary(hparams_plugin.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=info))


def settings(study: Study) -> dict[str, Any]:
    """Dotted key -> value: the keys of `VARIED`, and all whose value is not the default."""
    chosen, usual = (dict(flat(one.model_dump(mode="json", exclude=NOT_SETTINGS))) for one in (study, Study()))
    return {key: value for key, value in chosen.items() if key in VARIED or key not in usual or value != usual[key]}


def session_end(succeeded: bool, time: float) -> Summary.Value:
    """Status and time of the training's end."""
    status = api_pb2.STATUS_SUCCESS if succeeded else api_pb2.STATUS_FAILURE
    info = SessionEndInfo(status=status, end_time_secs=time)
    return _summary(hparams_plugin.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=info))


def result_scalars(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The columns of the results, tag -> number, without those that are undefined.

    `result/loss` and `result/metric/auroc` are means over the folds, `result/sd/` their standard deviations and, of
    several seeds, `result/sd_over_seeds/` those of the seeds' means;
    `result/out_of_fold/` is of the pooled rows, `result/test/` of the ensemble on the held-out test set. TensorBoard
    shows the first five in alphabetical order.
    """
    found: dict[str, float | None] = {}
    for name in metrics_of_run(metrics):
        spread = metrics["scored"].get(name, {})
        found[tags.result(name)], found[tags.result(name, "sd")] = spread.get("mean"), spread.get("std")
        found[tags.result(name, "out_of_fold")] = metrics["out_of_fold"].get(name)
        over_seeds = metrics.get("over_seeds", {}).get("scored", {}).get(name, {})
        found[tags.result(name, "sd_over_seeds")] = over_seeds.get("std_over_seeds")
        found[tags.result(name, "test")] = metrics["test"].get("ensemble", {}).get(name)
    found[tags.result("fit_seconds", "time")] = metrics["timing"].get("fit_seconds")
    return {name: value for name, value in found.items() if value is not None}


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings with a dot between the keys, as on the command line: `model.dropout`."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _summary(tag: str, data: HParamsPluginData) -> Summary.Value:
    metadata = hparams_plugin.create_summary_metadata(data)
    return Summary.Value(tag=tag, metadata=metadata, tensor=hparams_plugin.NULL_TENSOR)
