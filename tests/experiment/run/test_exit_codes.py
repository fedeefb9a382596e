import pytest

from configs.errors import StudyError
from experiment.run.exit_codes import RunError, code_of, code_of_failures, describe

ERRORS = {
    StudyError(["one", "two"]): (2, "one\ntwo"),
    ValueError("a net that cannot be stacked"): (2, "a net that cannot be stacked"),
    RunError(75, "busy"): (75, "busy"),
    OSError(28, "No space left on device", "x"): (
        74,
        "x: No space left on device; fix that, then start again",
    ),
    OSError("odd"): (74, "standard output, or a file: odd; fix that, then start again"),
    KeyError("k"): (70, "KeyError: 'k'; run again with --debug for the traceback"),
}


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_has_a_code_and_a_line(error):
    assert (code_of(error), describe(error)) == ERRORS[error]


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (1, 1), (9, 1), (10, 70)])
def test_failed_folds_have_a_code(failed, code):
    assert code_of_failures(failed, 10) == code


def test_a_run_that_can_go_on_says_so():
    told = describe(OSError(28, "full", "x"), resumable=True)
    assert told == "x: full; fix that, then start again or go on with --resume"


@pytest.mark.parametrize(
    "error",
    [
        StudyError(["t.csv: column 'a\nb\x1b[2J' is odd"]),
        OSError(2, "No such file", "a\nb\x1b[2J"),
        KeyError("a\nb\x1b[2J"),
    ],
)
def test_what_a_person_reads_of_an_error_is_one_line_without_commands_to_the_terminal(error):
    told = describe(error)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told


def test_problems_have_a_line_each():
    assert describe(StudyError(["one\n", "two"])) == "one\\n\ntwo"
    assert describe(RunError(2, "one\ntwo\x0b")) == "one\ntwo\\x0b"
