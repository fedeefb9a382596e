"""`output`: where a run is written, and what of it."""

from pydantic import Field

from configs.types import (
    PathText,
    RunLabel,
    Section,
)


class Output(Section):
    """What is written, and where."""

    root: PathText = Field("runs", description="folder of all runs; a run is ROOT/NAME/TIME, or TIME_LABEL")
    tensorboard: bool = Field(True, strict=True, description="write event files for TensorBoard")
    run: RunLabel | None = Field(None, description="label of the run, which its directory and comparisons are named by")
