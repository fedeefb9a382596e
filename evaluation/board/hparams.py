"""The HParams tab: a row for each framework of a run, its study as columns, beside the metrics.

There is no experiment summary on purpose: TensorBoard would take the columns of whichever run it finds first, and
without one it collects those of all runs, and knows which differ.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from configs.schema import Study
from evaluation.metrics import METRICS

NOT_SETTINGS: dict[str, Any] = {"framework": True, "output": True, "data": {"root"}}
"""What says where things lie, or is a column of its own."""


def session_start(study: Study, framework: str, row: str, time: float) -> Summary.Value:
    """The study, flat, and when its training started; `row` tells the rows of the table apart."""
    settings = {"framework": framework} | dict(flat(study.model_dump(mode="json", exclude=NOT_SETTINGS)))
    info = SessionStartInfo(group_name=row, start_time_secs=time)
    for name, value in settings.items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, int | float):
            info.hparams[name].number_value = value
        else:
            info.hparams[name].string_value = "null" if value is None else str(value)
    return _summary(hparams_plugin.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=info))


def session_end(succeeded: bool, time: float) -> Summary.Value:
    """How the training ended, and when."""
    status = api_pb2.STATUS_SUCCESS if succeeded else api_pb2.STATUS_FAILURE
    info = SessionEndInfo(status=status, end_time_secs=time)
    return _summary(hparams_plugin.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=info))


def result_scalars(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The columns of the results: `out of fold/auroc`, `folds/auroc/mean`, `folds/auroc/sd`, `test/auroc`; no null.

    TensorBoard opens the first five in the order of the alphabet, so that time goes last.
    """
    found: dict[str, float | None] = {}
    for name in METRICS[metrics["task"]]:
        spread = metrics["scored"].get(name, {})
        found[f"folds/{name}/mean"], found[f"folds/{name}/sd"] = spread.get("mean"), spread.get("std")
        found[f"out_of_fold/{name}"] = metrics["out_of_fold"].get(name)
        found[f"test/{name}"] = metrics["test"].get("ensemble", {}).get(name)
    found["timing/fit_seconds"] = metrics["timing"].get("fit_seconds")
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
