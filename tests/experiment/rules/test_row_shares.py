import numpy as np
import pytest

from configs.errors import StudyError
from configs.loading.loading import load_study
from experiment.rules.dropout import Window, counters
from experiment.rules.resources.row_shares import RowShare, num_shares
from experiment.training.workers.sharing import num_devices as workers


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_row_of_a_batch_is_computed_once_whether_or_not_the_devices_divide_it(count):
    for rows in range(1, 40):
        shares = [RowShare(rank, count) for rank in range(count)]
        taken = [share.places(rows)[share.valid(rows)] for share in shares]
        np.testing.assert_array_equal(np.concatenate(taken), np.arange(rows))
        assert len({len(share.places(rows)) for share in shares}) == 1
        assert all((share.places(rows) >= 0).all() and (share.places(rows) < rows).all() for share in shares)


def test_masks_of_a_share_are_those_of_the_whole_batch():
    whole = counters(99, (12, 3, 5))
    for rank in range(3):
        window = RowShare(rank, 3).window(12)
        first = window.first_element((4, 3, 5))
        np.testing.assert_array_equal(counters(99, (4, 3, 5), first), whole[4 * rank : 4 * rank + 4])
    flat = Window(4, 4).first_element((12, 5))  # a net may have joined the batch with the axis behind it
    np.testing.assert_array_equal(counters(99, (12, 5), flat).reshape(4, 3, 5), whole[4:8])


@pytest.mark.parametrize("shape", [(), (7, 4)])
def test_a_mask_without_the_batch_as_its_first_axis_is_refused(shape):
    with pytest.raises(ValueError, match="does not begin with the batch, here 4 rows"):
        Window(0, 4).first_element(shape)


def test_rows_are_shared_by_as_many_devices_as_the_study_says():
    def count(*settings, gpus=0):
        return num_shares(load_study(None, list(settings)), gpus)

    rows, three = "training.strategy=rows", "training.devices=3"
    assert [count(rows), count(rows, gpus=4), count(three, gpus=4)] == [1, 1, 1]
    assert [count(rows, three), count(rows, three, gpus=4)] == [3, 3]
    assert workers(load_study(None, [rows, three])) == 1
    with pytest.raises(StudyError, match=r"devices: is 3, and 2 GPUs are visible; set it to 2, or accelerator to cpu"):
        count(rows, three, gpus=2)
