"""What a stack's fit, evaluate and predict take: rows of its own folds by number, and to predict also new ones."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from datamodules.fold_data import FoldData
from datamodules.folds import Role
from datamodules.tensorflow import Chunks, sources
from tf_models.stock_features import EVALUATE, FIT


def check_chunks(data: object, folds: FoldData, steps: int | None) -> Chunks:
    """The chunks that `data` for `fit` is made of. Raises ValueError if they are none, of other folds, or cut."""
    found = [source for source in sources(data) if isinstance(source, Chunks)]
    if len(found) != 1:
        raise ValueError(f"FoldModel.fit takes row numbers of its own table, not {_kind(data)}: {FIT}")
    _check_source(found[0].folds, folds, "train_dataset")
    chunks = found[0].plan.chunks
    if (steps or chunks) != chunks or (keras.config.max_steps_per_epoch() or chunks) < chunks:
        raise ValueError(f"FoldModel.fit: an epoch of these folds has {chunks} batches; leave out steps_per_epoch")
    return found[0]


def check_validation(data: object, folds: FoldData) -> None:
    """Raises ValueError if `validation_data` cannot be rows of the table, or is of other folds."""
    if not (data is None or isinstance(data, tf.data.Dataset)):
        raise ValueError(f"FoldModel.fit takes validation_data by row numbers, not {_kind(data)}: {FIT}")
    for source in sources(data):
        _check_source(source, folds, "validation_data")


def check_evaluated(data: object, batches: Sequence[Sequence[tf.Tensor]], folds: FoldData) -> None:
    """Raises ValueError for `data` of other folds, or `batches` made by hand that are no rows or rows trained on."""
    own = sources(data)
    for source in own:
        _check_source(source, folds, "evaluation_dataset")
    for batch in () if own else batches:
        rows = np.asarray(batch[0]) if isinstance(batch, tuple | list) and len(batch) == 2 else np.zeros(0)
        if rows.ndim != 2 or len(rows) != len(folds.members) or not np.issubdtype(rows.dtype, np.integer):
            raise ValueError(
                f"FoldModel.evaluate takes rows and weights (members, batch), not {_kind(data)}: {EVALUATE}"
            )
        roles = np.take_along_axis(folds.plan.roles, rows, axis=1)
        trained = (roles == Role.train) & (np.asarray(batch[1]) > 0)
        if trained.any():
            member, place = np.argwhere(trained)[0]
            cause = f"member {member} was trained on row {rows[member, place]}, so its score there says nothing"
            raise ValueError(f"FoldModel.evaluate: {cause}; for a training loss, evaluation_dataset(folds, Role.train)")


def check_predicted(data: object, folds: FoldData) -> bool:
    """Whether `data` is an `evaluation_dataset`, of row numbers. Raises ValueError if it is no raw rows either."""
    own = sources(data)
    for source in own:
        if isinstance(source, Chunks):
            raise ValueError("FoldModel.predict takes new rows, or evaluation_dataset(folds, ...), not train_dataset")
        _check_source(source, folds, "evaluation_dataset")
    shape, columns = getattr(data, "shape", None), folds.table.num_columns
    if isinstance(data, tuple | list | dict) or (shape is not None and (len(shape) != 2 or shape[1] != columns)):
        cause = f"FoldModel.predict takes one array of raw rows (rows, {columns}), not {_kind(data)}"
        raise ValueError(f"{cause}; give it the columns of the table alone, in their order")
    return bool(own)


def _check_source(source: Chunks | FoldData, folds: FoldData, what: str) -> None:
    given = source.folds if isinstance(source, Chunks) else source
    if given is not folds and given.plan.digest() != folds.plan.digest():
        cause = f"{what}: is of another fold plan, so rows would be scored that were trained on"
        raise ValueError(f"{cause}; make it of the folds of the model: model.folds")


def _kind(data: object) -> str:
    shape = getattr(data, "shape", None)
    return f"{type(data).__name__}" + (f" {tuple(shape)}" if shape is not None else "")
