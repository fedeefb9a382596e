"""Rows of every batch shared by several devices, here of a CPU: what one device would have trained."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from rows import CASES, LAW

from configs.errors import StudyError
from configs.loading.loading import load_study
from experiment.rules.resources.row_shares import RowShare
from tf_models.layers import hashed
from tf_models.rows.engine import cut
from tf_models.rows.stacks import stacks

PROGRAM = Path(__file__).parents[1] / "law" / "rows.py"
SHARED = {
    2: ("64 sgd", "32 adam", "uneven rows and class weights", "a regression"),
    3: ("64 adam", "several classes", "drawn by class, several stacks", "fewer rows of a batch than devices"),
}


@pytest.mark.slow
@pytest.mark.parametrize("count", SHARED)
def test_shared_rows_give_the_weights_the_record_and_the_logits_of_one_device(count, tmp_path):
    out = tmp_path / "found.json"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
    subprocess.run([sys.executable, PROGRAM, out, str(count), *SHARED[count]], check=True, env=environment)
    for case, differences in json.loads(out.read_text()).items():
        bound = 1e-6 if case in CASES else LAW[tuple(case.split())]
        assert differences["weights"] < bound, case
        assert differences["others"] < max(1e-6, bound), case


def test_a_process_that_has_begun_with_fewer_devices_shares_no_rows():
    study = load_study(None, ["training.strategy=rows", "training.devices=64"])
    with pytest.raises(StudyError, match="is 64, and TensorFlow has begun with"), stacks(study, None, False):
        pass


def test_a_share_of_the_rows_is_cut_along_their_axis():
    rows = tf.reshape(tf.range(2 * 5 * 3), (2, 5, 3))
    shares = [cut(rows, RowShare(rank, 3), 1).numpy() for rank in range(3)]
    np.testing.assert_array_equal(np.concatenate(shares, 1)[:, :5], rows)
    assert {share.shape for share in shares} == {(2, 2, 3)}


def test_masks_of_a_share_are_those_of_the_whole_batch():
    key = tf.constant([3, 99], tf.int64)
    whole, window = hashed(key, 7, (8, 5)), RowShare(1, 2).window(8)
    np.testing.assert_array_equal(hashed(key, 7, (4, 5), window.first_element((4, 5))), whole[4:])
