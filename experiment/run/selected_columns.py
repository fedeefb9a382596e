"""How many members selected each column, from the input statistics that a run keeps."""

import numpy as np
from safetensors import SafetensorError, safe_open

from configs.schema import Study
from experiment.run.files.schema_file import read_schema
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory


def selected_columns(run: RunDirectory, study: Study, directory: FrameworkDirectory) -> dict[str, int]:
    """Column of the data -> number of members whose network uses it, the most often selected first.

    `{}` if the study does not select, or the run keeps no weights or no schema. Raises StudyError for a damaged schema.
    """
    schema = read_schema(run)
    if study.inputs.select == "none" or schema is None or not directory.weights.is_file():
        return {}
    try:
        with safe_open(directory.weights, "numpy") as file:
            keep, source = file.get_tensor("inputs.keep"), file.get_tensor("inputs.source")[0]
        names = np.array([schema.columns[int(place)].source for place in source])
    except (SafetensorError, OSError, IndexError):
        return {}
    counts = {name: int((keep[:, names == name] > 0).any(axis=1).sum()) for name in dict.fromkeys(names.tolist())}
    return dict(sorted(counts.items(), key=lambda one: -one[1]))
