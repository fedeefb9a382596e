import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from small import small

from datamodules.fold_data import training_plan
from datamodules.folds.plan import Role
from experiment.record.history import read_history
from experiment.record.log import kept_in
from experiment.run.exit_codes import RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.marks.study import study_mark
from experiment.training.fitting import fit_stacks
from experiment.training.interrupts import Interrupted
from experiment.training.session import predicted_rows
from experiment.training.workers.parts import Parts


@pytest.fixture
def directory(tmp_path):
    return FrameworkDirectory(tmp_path)


def states(directory):
    return sorted(path.name for path in directory.checkpoints.glob("*.safetensors"))


def test_stacks_are_joined_in_the_order_of_the_plan(directory, pretend):
    study, folds = small("stack.size=2", "folds.splits=5")
    framework = pretend()
    result = fit_stacks(study, folds, directory, framework)
    assert [fold for fold, _ in framework.epochs] == [0] * 3 + [2] * 3 + [4] * 3
    assert result.weights["output.kernel"].tolist() == [[3.0]] * 5
    assert [len(logits) for logits in result.logits] == [
        sum(part) for part in zip([205] * 5, map(len, folds.rows(Role.validation)), strict=True)
    ]
    assert result.best_epoch.tolist() == [2] * 5
    assert result.epochs.tolist() == [3] * 5
    steps = -(-len(folds.plan.rows_of(0, 1)) // study.training.batch_size)
    assert result.timing["optimizer_steps"] == 3 * 3 * steps
    assert result.timing["members"] == 5
    assert states(directory) == ["part_0000.safetensors", "part_0001.safetensors", "part_0002.safetensors"]


def test_a_member_without_a_finite_loss_has_no_predictions(directory, pretend):
    study, folds = small()
    result = fit_stacks(study, folds, directory, pretend(broken=(1,)))
    assert result.best_epoch.tolist() == [2, -1, 2]
    assert [bool(np.isnan(logits).all()) for logits in result.logits] == [False, True, False]
    assert np.isfinite(result.logits[0]).all()


def test_a_member_without_a_finite_loss_has_no_importance_of_its_columns(directory, pretend):
    class Measured(pretend):
        def __call__(self, study, folds, session):
            measured = np.ones((len(folds.members), 2, 4))
            return replace(super().__call__(study, folds, session), importance=measured)

    study, folds = small()
    result = fit_stacks(study, folds, directory, Measured(broken=(1,)))
    assert np.isnan(result.importance).all(axis=(1, 2)).tolist() == [False, True, False]
    assert (result.importance[[0, 2]] == 1).all()


def test_a_member_whose_weights_overflowed_has_failed_although_its_loss_was_finite(directory, pretend):
    class Overflow(pretend):
        def __call__(self, *arguments):
            fit = super().__call__(*arguments)
            fit.weights["output.kernel"][2] = np.inf
            return fit

    study, folds = small()
    result = fit_stacks(study, folds, directory, Overflow())
    assert result.best_epoch.tolist() == [2, 2, -1]
    assert np.isnan(result.logits[2]).all()


def interrupt(number, at):
    def after_epoch(epoch, session):
        if (session.members[0].fold, epoch) == at:
            os.kill(os.getpid(), number)

    return after_epoch


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_the_state_and_the_next_run_goes_on_from_there(directory, pretend, number, tmp_path):
    study, folds = small("stack.size=2", "folds.splits=5", "training.max_epochs=6")
    first, second = pretend(after_epoch=interrupt(number, (2, 3))), pretend()
    with pytest.raises(Interrupted) as stopped:
        fit_stacks(study, folds, directory, first)
    assert stopped.value.code == 128 + number
    assert states(directory) == ["part_0000.safetensors", "part_0001_epoch_000003.safetensors"]
    result = fit_stacks(study, folds, directory, second)
    assert second.epochs[:3] == [(2, 4), (2, 5), (4, 0)]
    assert result.weights["output.kernel"].tolist() == [[6.0]] * 5
    assert result.epochs.tolist() == [6] * 5
    (tmp_path / "whole").mkdir()
    whole = fit_stacks(study, folds, FrameworkDirectory(tmp_path / "whole"), pretend())
    assert result.timing["optimizer_steps"] == whole.timing["optimizer_steps"]
    keys = [(line["epoch"], line["members"]) for line in read_history(directory.history)]
    assert keys == [(line["epoch"], line["members"]) for line in read_history(tmp_path / "whole" / "history.jsonl")]


def test_a_study_of_several_seeds_goes_on_within_a_stack_of_two_seeds(directory, pretend):
    study, folds = small("stack.size=2", "folds.splits=3", "seeds=2", "training.max_epochs=6")
    assert [(member.seed, member.fold) for member in folds.members] == [(s, f) for s in range(2) for f in range(3)]
    first, second = pretend(after_epoch=interrupt(signal.SIGTERM, (2, 3))), pretend()
    with pytest.raises(Interrupted):
        fit_stacks(study, folds, directory, first)
    assert states(directory) == ["part_0000.safetensors", "part_0001_epoch_000003.safetensors"]
    result = fit_stacks(study, folds, directory, second)
    assert second.epochs[:3] == [(2, 4), (2, 5), (1, 0)]
    assert result.weights["output.kernel"].tolist() == [[6.0]] * 6
    assert result.timing["members"] == 6
    other, _ = small("stack.size=2", "folds.splits=3", "seeds=2", "training.max_epochs=6", "folds.seed=0")
    assert not np.array_equal(study_mark(study, folds), study_mark(other, folds))


def test_the_seconds_of_the_runs_before_are_counted(directory, pretend):
    def after_epoch(epoch, session):
        session.seconds = 100.0
        interrupt(signal.SIGTERM, (0, 1))(epoch, session)

    with pytest.raises(Interrupted):
        fit_stacks(*small(), directory, pretend(after_epoch=after_epoch))
    assert 100 < fit_stacks(*small(), directory, pretend()).timing["fit_seconds"] < 200


def test_a_signal_after_the_last_epoch_loses_nothing(directory, pretend):
    class Late(pretend):
        def __call__(self, *arguments):
            fit = super().__call__(*arguments)
            os.kill(os.getpid(), signal.SIGTERM)
            return fit

    study, folds = small("stack.size=2", "folds.splits=4")
    with pytest.raises(Interrupted):
        fit_stacks(study, folds, directory, Late())
    assert states(directory) == ["part_0000.safetensors"]
    second = pretend()
    assert fit_stacks(study, folds, directory, second).epochs.tolist() == [3] * 4
    assert {fold for fold, _ in second.epochs} == {2}


def test_the_handlers_are_given_back(directory, pretend):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    fit_stacks(*small(), directory, pretend())
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_crash_goes_on_from_the_newest_state_with_the_stacks_it_began_with(directory, pretend, monkeypatch):
    def crash(epoch, session):
        session.checkpoints.every_seconds = 0.0
        if epoch == 2:
            raise ZeroDivisionError

    study, folds = small("folds.splits=4", "training.max_epochs=5")
    with pytest.raises(ZeroDivisionError):
        fit_stacks(study, folds, directory, pretend(after_epoch=crash))
    monkeypatch.setattr("experiment.rules.resources.fitting.free_memory", lambda: 1)
    again = pretend()
    result = fit_stacks(study, folds, directory, again)
    assert again.epochs == [(0, 2), (0, 3), (0, 4)]
    assert result.weights["output.kernel"].tolist() == [[5.0]] * 4
    assert [line["epoch"] for line in read_history(directory.history)] == [0, 1, 2, 3, 4]


def test_a_finished_stack_is_read_and_a_damaged_one_is_trained_again(directory, pretend):
    study, folds = small("stack.size=1")
    whole = fit_stacks(study, folds, directory, pretend())
    idle, again = pretend(), pretend()
    fit_stacks(study, folds, directory, idle)
    assert idle.epochs == []
    path = directory.checkpoints / "part_0001.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="is damaged"):
        result = fit_stacks(study, folds, directory, again)
    assert again.epochs == [(1, 0), (1, 1), (1, 2)]
    np.testing.assert_array_equal(result.weights["output.kernel"], whole.weights["output.kernel"])
    assert len(read_history(directory.history)) == 9


SPOILT = {
    "lost": lambda path: path.unlink(),
    "empty": lambda path: path.write_text(""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "no text": lambda path: path.write_bytes(b"\xff\x00" * 50),
    "other JSON": lambda path: path.write_text("[]\n7\n{}\n"),
    "other losses": lambda path: path.write_text(path.read_text().replace('"train_loss": [1.0', '"train_loss": [0.1')),
    "an epoch more": lambda path: path.write_text(path.read_text().splitlines(keepends=True)[0] + path.read_text()),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_a_record_that_is_spoilt_is_neither_believed_nor_the_end_of_a_run_whose_states_are_whole(
    directory, pretend, spoil, tmp_path
):
    study, folds = small("stack.size=2", "folds.splits=5", "training.max_epochs=6")
    with pytest.raises(Interrupted):
        fit_stacks(study, folds, directory, pretend(after_epoch=interrupt(signal.SIGTERM, (2, 3))))
    whole = read_history(directory.history)
    spoil(directory.history)
    with kept_in(directory.log):
        fit_stacks(study, folds, directory, pretend())
    found = read_history(directory.history)
    assert found[: len(whole)] == whole
    assert [(line["epoch"], line["members"][0][2]) for line in found] == [(e, f) for f in (0, 2, 4) for e in range(6)]
    assert "history.jsonl: is not what the states have kept of it; made anew from them" in directory.log.read_text()


def test_a_whole_record_is_not_told_of(directory, pretend):
    study, folds = small("stack.size=2", "folds.splits=5", "training.max_epochs=6")
    with kept_in(directory.log), pytest.raises(Interrupted):
        fit_stacks(study, folds, directory, pretend(after_epoch=interrupt(signal.SIGTERM, (2, 3))))
    with kept_in(directory.log):
        fit_stacks(study, folds, directory, pretend())
    assert directory.log.read_text() == ""


def test_the_record_of_a_run_that_was_killed_when_all_was_trained_comes_from_its_states(directory, pretend):
    study, folds = small("stack.size=2")
    fit_stacks(study, folds, directory, pretend())
    whole = directory.history.read_text()
    directory.history.unlink()
    fit_stacks(study, folds, directory, pretend())
    assert directory.history.read_text() == whole


def test_states_of_another_study_are_told_and_not_gone_on_with(directory, pretend):
    fit_stacks(*small(), directory, pretend())
    again = pretend()
    with pytest.warns(UserWarning, match=r"part_0000.* is of another run, or of another study than study\.yaml"):
        fit_stacks(*small("optimizer.learning_rate=0.5"), directory, again)
    assert len(again.epochs) == 3
    idle = pretend()
    changes = ("training.accelerator=cpu", "name=other", "evaluation.threshold=f1")
    fit_stacks(*small("optimizer.learning_rate=0.5", *changes), directory, idle)
    assert idle.epochs == []


def too_large(most):
    def after_epoch(epoch, session):
        if len(session.members) > most and epoch == 1:
            raise MemoryError("9 GB")

    return after_epoch


def test_a_stack_that_is_too_large_for_the_memory_is_halved_until_it_fits(directory, pretend):
    study, folds = small("folds.splits=5", "training.max_epochs=4")
    with kept_in(directory.log):
        result = fit_stacks(study, folds, directory, pretend(after_epoch=too_large(2)))
    assert result.weights["output.kernel"].tolist() == [[4.0]] * 5
    halved = ["part_0000_halved", "part_0000a_halved", "part_0000aa", "part_0000ab", "part_0000b"]
    assert [name.removesuffix(".safetensors") for name in states(directory)] == halved
    told = directory.log.read_text()
    assert "memory: 5 members at once do not fit on CPU (MemoryError: 9 GB); they train as two halves" in told
    assert "memory: 3 members at once" in told
    keys = [(len(line["members"]), line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(count, epoch) for count in (2, 1, 2) for epoch in range(4)]
    idle = pretend()
    fit_stacks(study, folds, directory, idle)
    assert idle.epochs == []


def test_halves_go_on_from_the_newest_state_of_their_part(directory, pretend):
    def grows(epoch, session):
        session.checkpoints.every_seconds = 0.0
        if len(session.members) > (5, 5, 3, 2)[epoch]:
            raise MemoryError("9 GB")

    study, folds = small("folds.splits=5", "training.max_epochs=4")
    framework = pretend(after_epoch=grows)
    with kept_in(directory.log):
        result = fit_stacks(study, folds, directory, framework)
    assert result.weights["output.kernel"].tolist() == [[4.0]] * 5
    assert result.epochs.tolist() == [4] * 5
    assert framework.epochs == [(0, 0), (0, 1), (0, 2), (0, 2), (0, 3), (3, 2), (3, 3), (0, 3), (2, 3)]
    assert "they train as two halves, from epoch 2 on" in directory.log.read_text()
    keys = [(len(line["members"]), line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(count, epoch) for count in (2, 1, 2) for epoch in range(4)]
    assert result.timing["optimizer_steps"] == 3 * training_plan(folds, study.training).steps * 4


def test_what_cannot_be_predicted_at_once_is_trained_once(directory, pretend):
    def large(folds):
        if len(folds.members) > 2:
            raise MemoryError("9 GB")

    framework = pretend(before_predicting=large)
    result = fit_stacks(*small("folds.splits=5", "training.max_epochs=4"), directory, framework)
    assert framework.epochs == [(0, epoch) for epoch in range(4)]
    assert result.weights["output.kernel"].tolist() == [[4.0]] * 5
    assert [len(one) for one in result.logits] == [len(rows) for rows in predicted_rows(small("folds.splits=5")[1])]


def test_who_is_killed_while_a_part_is_halved_goes_on_with_the_whole_part(directory, pretend, monkeypatch):
    def grows(epoch, session):
        session.checkpoints.every_seconds = 0.0
        if len(session.members) > 2 and epoch == 2:
            raise MemoryError("9 GB")

    def killed(*_):
        raise SystemExit

    study, folds = small("training.max_epochs=4")
    with monkeypatch.context() as patched:
        patched.setattr(Parts, "halve", killed)
        with pytest.raises(SystemExit):
            fit_stacks(study, folds, directory, pretend(after_epoch=grows))
    assert [name for name in states(directory) if "_epoch_000001" in name] == [
        f"part_0000{half}_epoch_000001.safetensors" for half in ("", "a", "b")
    ]
    framework = pretend(after_epoch=grows)
    assert fit_stacks(study, folds, directory, framework).weights["output.kernel"].tolist() == [[4.0]] * 3
    assert framework.epochs == [(0, 2), (0, 2), (0, 3), (2, 2), (2, 3)]


def test_a_member_that_is_too_large_alone_is_a_line_with_a_cure(directory, pretend):
    line = r"no memory for a single member on CPU \(MemoryError: 9 GB\); make the net or training.batch_size smaller"
    with pytest.raises(RunError, match=line) as error:
        fit_stacks(*small(), directory, pretend(after_epoch=too_large(0)))
    assert error.value.code == 70
