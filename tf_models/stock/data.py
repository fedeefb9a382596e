"""Data for fit, evaluate and predict of a stack: row numbers of its own folds; for predict also new raw rows."""

from collections.abc import Iterator, Sequence
from typing import NoReturn

import keras
import numpy as np
import tensorflow as tf

from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from datamodules.tensorflow import Chunks
from tf_models.private_names import inputs_of
from tf_models.stock.features import EVALUATE, FIT


def sources(data: object) -> list[Chunks | FoldData]:
    """Sources of the datasets of `datamodules.tensorflow` from which `data` is derived; none of any other object."""
    if not isinstance(data, tf.data.Dataset):
        return []
    own = [data.fold_source] if hasattr(data, "fold_source") else []
    return own + [source for part in inputs_of(data) for source in sources(part)]


def check_chunks(data: object, folds: FoldData, batch_size: int, steps: int | None) -> Chunks:
    """The chunks that `data` for `fit` is made of. Raises ValueError if they are none, of another study, or cut."""
    found = [source for source in sources(data) if isinstance(source, Chunks)]
    if len(found) != 1:
        raise ValueError(f"FoldModel.fit takes row numbers of its own table, not {_kind(data)}: {FIT}")
    _check_source(found[0].folds, folds, "train_dataset")
    plan = found[0].plan
    if plan.batch_size != batch_size:
        cause = f"train_dataset: has batches of {plan.batch_size} rows, and the model's of {batch_size}"
        raise ValueError(f"{cause}; make it of that study: model.study")
    if (steps or plan.chunks) != plan.chunks or (keras.config.max_steps_per_epoch() or plan.chunks) < plan.chunks:
        raise ValueError(f"FoldModel.fit: an epoch of these folds has {plan.chunks} batches; leave out steps_per_epoch")
    return found[0]


def check_validation(data: object, folds: FoldData, steps: int | None) -> None:
    """Raises ValueError if `validation_data` cannot be rows of the table, or is of other folds."""
    if data is None:
        return
    if not isinstance(data, tf.data.Dataset):  # Keras would take a list of batches apart
        raise ValueError(f"FoldModel.fit takes validation_data by row numbers, not {_kind(data)}: {FIT}")
    check_evaluable(data, folds, steps)


def check_evaluable(data: object, folds: FoldData, steps: int | None) -> None:
    """Raises ValueError if `data` to evaluate `steps` of is endless, of other folds, or no row numbers."""
    spec = getattr(data, "element_spec", None)
    first = spec[0] if isinstance(spec, tuple) and len(spec) == 2 else None
    by_number = isinstance(first, tf.TensorSpec) and first.dtype.is_integer and first.shape.rank in (2, None)
    if not (by_number if isinstance(data, tf.data.Dataset) else isinstance(data, list | tuple | Iterator)):
        _refuse_batches(data)
    for source in sources(data):
        _check_source(source, folds, "evaluation_dataset")
    if isinstance(data, tf.data.Dataset) and steps is None and data.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError("FoldModel.evaluate would never end, since its data are endless; say how many steps")


def check_evaluated(data: object, batches: Sequence[Sequence[tf.Tensor]], folds: FoldData) -> None:
    """Raises ValueError for `batches` made by hand that are no rows `(members, batch)`, or rows trained on."""
    for batch in () if sources(data) else batches:
        rows = np.asarray(batch[0]) if isinstance(batch, tuple | list) and len(batch) == 2 else np.zeros(0)
        if rows.ndim != 2 or len(rows) != len(folds.members) or not np.issubdtype(rows.dtype, np.integer):
            _refuse_batches(data)
        roles = np.take_along_axis(folds.plan.roles, rows.astype(np.int64), axis=1)
        trained = (roles == Role.train) & (np.asarray(batch[1]) > 0)
        if trained.any():
            member, place = np.argwhere(trained)[0]
            cause = f"member {member} was trained on row {rows[member, place]}, so its score there says nothing"
            raise ValueError(f"FoldModel.evaluate: {cause}; for a training loss, evaluation_dataset(folds, Role.train)")


def check_predicted(data: object, folds: FoldData) -> bool:
    """Whether `data` is an `evaluation_dataset`, of row numbers. Raises ValueError if it is no raw rows either."""
    own = sources(data)
    for source in own:
        _check_source(source, folds, "evaluation_dataset")
    shape, columns = getattr(data, "shape", None), folds.table.num_columns
    if isinstance(data, tuple | list | dict) or (shape is not None and (len(shape) != 2 or shape[1] != columns)):
        cause = f"FoldModel.predict takes one array of raw rows (rows, {columns}), not {_kind(data)}"
        raise ValueError(f"{cause}; give it the columns of the table alone, in their order")
    return bool(own)


def _check_source(source: Chunks | FoldData, folds: FoldData, what: str) -> None:
    if what != "train_dataset" and isinstance(source, Chunks):
        raise ValueError("train_dataset is for fit alone; to evaluate or predict, make an evaluation_dataset")
    given = source.folds if isinstance(source, Chunks) else source
    if given is not folds and given.plan.digest() != folds.plan.digest():
        cause = f"{what}: is of another fold plan, so rows would be scored that were trained on"
        raise ValueError(f"{cause}; make it of the folds of the model: model.folds")


def _refuse_batches(data: object) -> NoReturn:
    raise ValueError(f"FoldModel.evaluate takes rows and weights (members, batch), not {_kind(data)}: {EVALUATE}")


def _kind(data: object) -> str:
    shape = getattr(data, "shape", None)
    return f"{type(data).__name__}" + (f" {tuple(shape)}" if shape is not None else "")
