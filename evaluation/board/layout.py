"""The custom-scalars tab: one chart for each live metric, the mean of the folds and a band around it."""

from collections.abc import Iterable

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import metadata as custom_scalar_plugin

from evaluation import tags

CATEGORY = "mean and band over the folds"


def band_layout(shown: Iterable[str]) -> Summary.Value:
    """A margin chart for each of the tags `shown`, e.g. `loss/train`; TensorBoard merges the layouts of all runs."""
    charts = [layout_pb2.Chart(title=tag, margin=layout_pb2.MarginChartContent(series=[_series(tag)])) for tag in shown]
    charts.reverse()  # the page shows the last one first
    layout = layout_pb2.Layout(version=0, category=[layout_pb2.Category(title=CATEGORY, chart=charts)])
    return Summary.Value(
        tag=custom_scalar_plugin.CONFIG_SUMMARY_TAG,
        metadata=custom_scalar_plugin.create_summary_metadata(),
        tensor=TensorProto(
            dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[layout.SerializeToString(deterministic=True)]
        ),
    )


def _series(tag: str) -> layout_pb2.MarginChartContent.Series:
    mean, low, high = tags.band(tag)
    return layout_pb2.MarginChartContent.Series(value=mean, lower=low, upper=high)
