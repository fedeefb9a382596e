import logging

import tensorflow as tf
from small import small

from tf_models.fit import prepare


def test_stacks_are_traced_one_after_the_other_without_a_warning():
    study, _ = small()
    prepare(study, 1)
    assert not tf.get_logger().isEnabledFor(logging.WARNING)
