"""The story of a run, told with a framework that trains nothing."""

import json

import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.sections.evaluation import Evaluation
from experiment.conduct import conduct, describe_place, prepare
from experiment.results.failures import failures
from experiment.results.judging import judge_again
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import ALREADY_RUNNING, RunError, code_of
from experiment.run.files import reading
from experiment.run.locks import locked

pytestmark = pytest.mark.needs("lightning")


@pytest.fixture
def run(tmp_path):
    study, _ = small(f"output.root={tmp_path}", "framework=both", "output.tensorboard=true", "folds.splits=2")
    return prepare(study, ["train.py", "seed=0"])


@pytest.mark.both_rooms
def test_both_frameworks_are_judged_and_then_the_run_is_done(run, frameworks):
    assert frameworks() == []
    outcome = conduct(run)
    assert (outcome.exit_code, list(outcome.metrics)) == (0, ["lightning", "tensorflow"])
    assert run.done.is_file()
    for name in outcome.metrics:
        directory = run.framework(name)
        assert json.loads(directory.metrics.read_text()) == outcome.metrics[name]
        assert [len(list(folder.glob("events.*"))) for folder in (directory.root, directory.root / "result")] == [1, 1]
    assert all((run.root / name).is_file() for name in ("report.html", "report.md"))
    others = [path for path in run.root.rglob("*") if path.is_file() and path != run.root / ".lock"]
    assert run.done.stat().st_mtime_ns == max(path.stat().st_mtime_ns for path in others)  # two may share a moment


def test_what_is_done_is_not_done_again(run, frameworks):
    frameworks()
    first = conduct(run)
    before = {path: path.stat().st_mtime_ns for path in run.root.rglob("*") if path.is_file()}
    called = frameworks()
    again = conduct(run)
    assert (called, again.metrics, again.exit_code) == ([], first.metrics, 0)
    changed = {path.name for path, moment in before.items() if path.stat().st_mtime_ns != moment}
    assert changed <= {"DONE", ".lock"}
    assert set(before) == {path for path in run.root.rglob("*") if path.is_file()}


@pytest.mark.both_rooms
def test_what_is_judged_anew_is_told_anew(run, frameworks):
    frameworks()
    conduct(run)
    run.framework("tensorflow").metrics.unlink()
    (run.root / "report.html").write_text("old")
    conduct(run)
    assert len((run.root / "report.html").read_text()) > 10_000


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_report_that_is_gone_is_made_anew(run, frameworks, name):
    frameworks()
    conduct(run)
    (run.root / name).unlink()
    conduct(run)
    assert len((run.root / name).read_text()) > 5_000


def test_a_finished_run_is_shown_by_the_rule_of_its_study_alone(run, frameworks):
    frameworks()
    first = conduct(run).metrics
    other = run.load_study().model_copy(update={"evaluation": Evaluation(threshold="f1")})
    judge_again(other, run.framework("lightning"))
    (run.root / "report.html").write_text("judged with f1")
    assert conduct(run).metrics == first
    assert len((run.root / "report.html").read_text()) > 10_000


@pytest.mark.both_rooms
def test_a_framework_that_fails_does_not_keep_the_other_from_its_part(run, frameworks):
    for code in (70, 137, 75):
        called = frameworks(lightning=code)
        outcome = conduct(run)
        assert called[0] == "lightning"
        assert (outcome.exit_code, list(outcome.metrics)) == (code, ["tensorflow"])
        assert not run.done.exists()


@pytest.mark.parametrize("code", [130, 143])
def test_an_interruption_ends_the_run_at_once_and_a_resumed_run_goes_on(run, frameworks, code):
    called = frameworks(lightning=code)
    outcome = conduct(run)
    assert (called, outcome.exit_code, outcome.metrics) == (["lightning"], code, {})
    frameworks()
    assert conduct(run).exit_code == 0
    assert run.done.is_file()


FAILED = {(1,): "1 of 2 folds failed (fold_01)", (0, 1): "all 2 folds failed (fold_00 and fold_01)"}


@pytest.mark.parametrize(("broken", "code"), [((1,), 1), ((0, 1), 70)])
def test_failed_folds_have_the_same_code_when_the_run_is_looked_at_again(run, frameworks, pretend, broken, code):
    frameworks(lightning=pretend(broken=broken))
    outcome = conduct(run)
    assert outcome.exit_code == conduct(run).exit_code == code
    folds = outcome.metrics["lightning"]["folds"]
    cause = "its loss was never finite: lower optimizer.learning_rate, or set optimizer.clip_norm=1"
    assert failures(outcome.metrics) == [f"lightning: {FAILED[broken]}: {cause}"]
    assert [fold["scored"]["auroc"] is None for fold in folds] == [fold["fold"] in broken for fold in folds]
    assert run.done.is_file()


@pytest.mark.both_rooms
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("folds", "code"), [((0, 1, 2), 70), ((1, 2), 1)])
@pytest.mark.parametrize(
    "task", ["binary", *(pytest.param(task, marks=pytest.mark.slow) for task in ("multiclass", "regression"))]
)
def test_where_all_folds_failed_or_all_but_one_there_is_a_report(tmp_path, frameworks, pretend, task, folds, code):
    study, _ = small(f"output.root={tmp_path}", "framework=both", "output.tensorboard=true", task=task)
    run = prepare(study, ["train.py"])
    frameworks(lightning=pretend(broken=folds), tensorflow=pretend(dumb=folds[:2]))
    assert conduct(run).exit_code == code
    report = (run.root / "report.html").stat().st_mtime_ns
    assert conduct(run).exit_code == code
    assert (run.root / "report.html").stat().st_mtime_ns == report
    assert judge_run(run).exit_code == code


@pytest.mark.parametrize(("dumb", "code"), [((1,), 1), ((0, 1), 70)])
def test_a_fold_without_a_number_for_a_row_has_failed_wherever_the_run_is_looked_at(
    run, frameworks, pretend, dumb, code
):
    frameworks(lightning=pretend(dumb=dumb))
    outcome = conduct(run)
    assert outcome.exit_code == conduct(run).exit_code == judge_run(run).exit_code == code
    judged = outcome.metrics["lightning"]
    assert [one["fold"] for one in judged["failed"]] == list(dumb)
    assert [fold["best_epoch"] for fold in judged["folds"]] == [2, 2]
    (line,) = failures(outcome.metrics)
    assert line.startswith(f"lightning: {FAILED[dumb]}")
    assert line.count("its outputs are not finite for row ") == len(dumb)
    assert line.endswith(" (counted from 0): look at its inputs")
    assert "learning_rate" not in line


def test_many_reasons_are_cut_short():
    keys = [{"seed": 0, "repeat": 0, "fold": fold} for fold in range(20)]
    failed = [key | {"reason": f"cause {number // 2}"} for number, key in enumerate(keys[:10])]
    told = failures({"lightning": {"failed": failed, "folds": keys}, "tensorflow": {"failed": [], "folds": keys}})
    which = ("fold_00 and fold_01", "fold_02 and fold_03", "fold_04 and fold_05")
    (line,) = told
    assert line.startswith("lightning: 10 of 20 folds failed (fold_00, ")
    causes = [f"{names}: cause {number}" for number, names in enumerate(which)]
    assert line.split("; ")[1:] == [*causes, "2 more reasons are in metrics.json"]


def test_a_run_that_was_killed_before_it_was_judged_is_judged_without_another_figure(run, frameworks):
    frameworks()
    conduct(run)
    directory = run.framework("lightning")
    directory.metrics.unlink()
    run.done.unlink()
    called = frameworks()
    assert conduct(run).exit_code == 0
    assert called == []
    assert [len(list(folder.glob("events.*"))) for folder in (directory.root, directory.root / "result")] == [1, 1]


def test_a_run_that_goes_on_elsewhere_is_left_alone(run):
    with locked(run.root), pytest.raises(RunError, match="another process runs here") as error:
        conduct(run)
    assert error.value.code == ALREADY_RUNNING


def csv(path, shift=0.0):
    draw = np.random.default_rng(0)
    rows = np.column_stack([draw.normal(size=(60, 2)) + shift, np.arange(60) % 2])
    np.savetxt(path, rows, delimiter=",", header="a,b,ill", comments="")


def test_other_data_than_the_run_started_with_is_refused(tmp_path, frameworks):
    csv(tmp_path / "t.csv")
    settings = [f"data.source={tmp_path / 't.csv'}", "data.target=ill", f"output.root={tmp_path}", "folds.splits=2"]
    run = prepare(load_study(None, settings), [])
    frameworks()
    csv(tmp_path / "t.csv", shift=1.0)
    with pytest.raises(RunError, match=r"is not what .+ started with; start a new run") as error:
        conduct(run)
    assert error.value.code == 2


def test_a_run_writes_down_what_it_leaves_out_and_goes_on_without_it(tmp_path, frameworks):
    csv(tmp_path / "t.csv")
    rows = (tmp_path / "t.csv").read_text().splitlines()
    (tmp_path / "named.csv").write_text("".join(f"{row},{'name' if row[0] == 'a' else 'Eve'}\n" for row in rows))
    settings = ["data.target=ill", f"output.root={tmp_path}", "folds.splits=2", "framework=lightning", "baselines=[]"]
    plain = prepare(load_study(None, [f"data.source={tmp_path / 't.csv'}", *settings]), [])
    named = prepare(load_study(None, [f"data.source={tmp_path / 'named.csv'}", "data.drop=name", *settings]), [])
    assert "drop: [name]" in named.study.read_text()
    assert named.load_study().data.drop == ("name",)
    for key in ("data_sha256", "folds_sha256"):
        assert named.load_environment()[key] == plain.load_environment()[key]
    frameworks()
    assert (conduct(named).exit_code, conduct(named).exit_code) == (0, 0)
    named.study.write_text(named.study.read_text().replace("drop: [name]", "drop: [name, a]"))
    with pytest.raises(RunError, match=r"is not what .+ started with"):
        conduct(named)


def test_a_run_of_a_time_before_there_was_data_drop_goes_on(run, frameworks):
    run.study.write_text(run.study.read_text().replace("  drop: []\n", "").replace(", drop: []", ""))
    assert "drop:" not in run.study.read_text()
    frameworks()
    assert conduct(run).exit_code == 0


def test_a_run_knows_its_files_from_any_folder(tmp_path, monkeypatch):
    csv(tmp_path / "t.csv")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    bundled = prepare(load_study(None, ["output.root=out"]), []).load_study().data
    assert (bundled.source, bundled.root) == ("breast_cancer", str(tmp_path / "data"))
    own = prepare(load_study(None, ["output.root=out", "data.source=t.csv", "data.target=ill"]), []).load_study().data
    assert own.source == str(tmp_path / "t.csv")


def test_a_damaged_environment_is_one_line(run):
    run.environment.write_text('{"data_sha')
    with pytest.raises(StudyError, match=r"environment\.json: is damaged .+; start a new run"):
        conduct(run)


def test_the_next_lines_can_be_copied_whatever_the_folder_is_called(run):
    mine = type(run)(run.root.parent / "my runs")
    events = mine.root / "lightning" / "events.out.tfevents.1"
    events.parent.mkdir(parents=True)
    events.touch()
    assert describe_place(mine)[1].endswith("my runs'")


def test_tensorboard_is_offered_only_where_it_has_something_to_show(run):
    assert describe_place(run) == [f"results      {run.root}"]


@pytest.mark.both_rooms
@pytest.mark.parametrize("name", ["environment.json", "history.jsonl"])
def test_a_file_that_may_not_be_read_is_no_failure_to_write(run, frameworks, monkeypatch, name):
    frameworks()
    conduct(run)
    run.done.unlink()
    (run.root / "report.html").unlink()
    for framework in ("lightning", "tensorflow"):
        run.framework(framework).metrics.unlink()
    read = reading.read_real

    def refuse(path):
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(reading, "read_real", refuse)
    with pytest.raises(StudyError, match=rf"{name}: cannot be read \(.*Permission denied.*\)") as error:
        conduct(run)
    assert code_of(error.value) == 2
