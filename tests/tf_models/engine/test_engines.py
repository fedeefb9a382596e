"""Members in blocks, side by side, are the members of one stack."""

import pytest
import tensorflow as tf
from small import small

from experiment.rules.resources import fitting as resources
from tf_models.engine.engines import Engine
from tf_models.engine.step import Step
from tf_models.stack.building import build_net
from tf_models.stack.members import load_loss
from tf_models.stack.optimizer import initial_state
from tf_models.stack.stack import Stack

STEPS, BATCH, COLUMNS = 5, 6, 4


def work(members):
    """A step, and a chunk in which a member stands still for a while."""
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step = Step(
        Stack(build_net(study, COLUMNS, 1), members, tf.float64),
        study.optimizer,
        load_loss(study.training.loss, "binary"),
    )
    draw = tf.random.Generator.from_seed(1)
    flat = draw.normal(step.stack.flat.shape, dtype=tf.float64) * 0.5
    batches = (
        draw.normal((STEPS, members, BATCH, COLUMNS), dtype=tf.float64),
        draw.uniform((STEPS, members, BATCH), 0, 2, tf.int32),
        tf.fill((STEPS, members, BATCH), tf.constant(1 / BATCH, tf.float64)),
        draw.uniform((STEPS, members, 2), 0, 2**31 - 1, tf.int64),
    )
    active = (tf.range(STEPS)[:, None] < 2) | (tf.range(members) != 1)
    return step, (
        flat,
        initial_state(study.optimizer, flat),
        batches,
        active,
        draw.uniform((STEPS, members), 0.0, 0.01, tf.float64),
    )


def results(step, arguments):
    """Weights, state and losses, in a graph as Keras has it."""
    engine = Engine(step, "compiled", len(arguments[0]), STEPS)
    return tf.nest.flatten(tf.function(engine.run, autograph=False)(*arguments)), engine


def test_two_blocks_are_one_stack_and_are_built_once(monkeypatch):
    step, arguments = work(4)
    monkeypatch.setattr(resources, "num_cores", lambda: 1)
    expected, _ = results(step, arguments)
    monkeypatch.setattr(resources, "num_cores", lambda: 2)
    monkeypatch.setattr(resources, "BLOCK_FLOPS", 1.0)
    found, engine = results(step, arguments)
    for one, other in zip(found, expected, strict=True):
        tf.debugging.assert_near(one, other, rtol=1e-12, atol=1e-12)
    assert engine.run_steps.experimental_get_tracing_count() == 1


def test_every_step_of_a_member_has_a_rate_of_its_own():
    step, (flat, state, *chunk) = work(4)
    engine = Engine(step, "traced", 4, STEPS)
    moved, _, _ = engine.run(flat, state, *chunk)
    found = flat, state
    for index in range(STEPS):  # by chunks of one step, each with the rates of that step
        *found, _ = engine.run(*found, *tf.nest.map_structure(lambda part, at=index: part[at : at + 1], chunk))
    tf.debugging.assert_near(found[0], moved, rtol=1e-12, atol=1e-12)
    batches, active, rates = chunk
    other, _, _ = engine.run(flat, state, batches, active, tf.broadcast_to(rates[:1], rates.shape))
    assert float(tf.reduce_min(tf.reduce_max(tf.abs(other - moved), 1))) > 1e-4


@pytest.mark.parametrize(("members", "cores", "blocks"), [(4, 2, 2), (4, 3, 2), (9, 4, 3), (7, 4, 1), (1, 4, 1)])
def test_blocks_are_of_one_size(members, cores, blocks, monkeypatch):
    monkeypatch.setattr(resources, "num_cores", lambda: cores)
    monkeypatch.setattr(resources, "BLOCK_FLOPS", 1.0)
    step, (flat, _, batches, _, _) = work(members)
    for name, expected in (("compiled", blocks), ("traced", 1), ("eager", 1)):
        assert Engine(step, name, members, STEPS)._blocks(flat.shape, batches[0].shape[2]) == expected


def test_members_that_are_left_have_the_losses_of_the_whole_stack():
    step, (flat, state, batches, active, rates) = work(4)
    active &= tf.constant([True, False, True, False])
    given = flat, state, batches, active, rates
    expected, _, losses = Engine(step, "traced", 4, STEPS).run(*given)
    engine = Engine(step, "traced", 4, STEPS)
    engine.compaction.price = 0
    assert engine.compact(tf.reduce_any(active, 0).numpy(), STEPS)
    found, _, left = engine.run(*given)
    assert engine.compaction.lanes.tolist() == [0, 2]
    tf.debugging.assert_near(found, expected, rtol=1e-12, atol=1e-12)
    for member, known in enumerate(tf.transpose(losses)):
        tf.debugging.assert_near(left[:, member], known if member in (0, 2) else 0.0 * known, rtol=1e-12, atol=1e-12)
