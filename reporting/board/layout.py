"""TensorBoard's custom-scalars tab: for each live metric median and quartiles of the folds, and every fold."""

import re
from collections.abc import Iterable

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import metadata as custom_scalar_plugin

from reporting.board import tags

SPREAD = "median and quartiles of the folds that still train"
SINGLE_FOLDS = "single folds"


def fold_layout(shown: Iterable[str]) -> Summary.Value:
    """Two charts for each of the tags `shown`, e.g. `loss/train`; TensorBoard merges the layouts of all runs."""
    shown = [*shown]
    categories = [  # TensorBoard shows the last chart of the first category first
        layout_pb2.Category(title=SPREAD, chart=[_spread(tag) for tag in reversed(shown)]),
        layout_pb2.Category(title=SINGLE_FOLDS, chart=[_single_folds(tag) for tag in shown], closed=True),
    ]
    layout = layout_pb2.Layout(version=0, category=categories)
    return Summary.Value(
        tag=custom_scalar_plugin.CONFIG_SUMMARY_TAG,
        metadata=custom_scalar_plugin.create_summary_metadata(),
        tensor=TensorProto(
            dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[layout.SerializeToString(deterministic=True)]
        ),
    )


def _spread(tag: str) -> layout_pb2.Chart:
    lower, upper = tags.quartiles(tag)
    series = layout_pb2.MarginChartContent.Series(value=tag, lower=lower, upper=upper)
    return layout_pb2.Chart(title=tag, margin=layout_pb2.MarginChartContent(series=[series]))


def _single_folds(tag: str) -> layout_pb2.Chart:
    """A line for each tag with this prefix: TensorBoard matches a pattern from the start."""
    pattern = re.escape(tags.single_folds(tag))
    return layout_pb2.Chart(title=f"{tag}, every fold", multiline=layout_pb2.MultilineChartContent(tag=[pattern]))
