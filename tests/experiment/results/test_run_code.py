import pytest

from experiment.results.comparing.run_code import Code, code_of, code_warnings
from experiment.run.source import Source

ONE, OTHER, DIFF, MORE = "a" * 40, "b" * 40, "c" * 64, "d" * 64


def code(commit: str = ONE, digest: str | None = None) -> Code:
    return code_of(Source(commit, b"", digest).record())


def warnings(*codes: Code) -> list[str]:
    return list(code_warnings("ABCD"[: len(codes)], codes))


def test_equal_code_is_nothing_to_warn_of():
    assert warnings(code(), code()) == []


def test_other_commits_and_changes_without_a_commit_are_a_line_each():
    dirty = "the code was changed after its commit (+), see the run's source.diff"
    assert warnings(code(), code(), code(OTHER)) == ["warning: code differs: A, B aaaaaaaa; C bbbbbbbb"]
    assert warnings(code(), code(digest=DIFF)) == [
        f"warning: B: {dirty}",
        "warning: code differs: A aaaaaaaa; B aaaaaaaa+",
    ]


def test_equal_changes_are_the_same_code_and_others_are_told_apart_by_their_digest():
    assert len(warnings(code(digest=DIFF), code(digest=DIFF))) == 1
    assert warnings(code(digest=DIFF), code(digest=MORE))[-1] == (
        "warning: code differs: A aaaaaaaa+ (diff cccccccc); B aaaaaaaa+ (diff dddddddd)"
    )


def test_what_an_older_version_wrote_is_read_and_its_changes_are_not_known():
    assert code_of({"commit": ONE}) == Code(ONE)
    assert code_of({"commit": f"{ONE}-dirty"}).short == "aaaaaaaa+"
    assert any("not known for sure" in line for line in warnings(code(), code_of({"commit": f"{ONE}-dirty"})))


@pytest.mark.parametrize(
    "environment",
    [{}, {"commit": None}, {"commit": "\x1b[31mred"}, {"commit": ["x"]}, {"commit": None, "commit_unknown": "\x1b[1m"}],
)
def test_no_commit_is_said_and_nothing_of_it_reaches_the_terminal(environment):
    found = code_of(environment)
    assert found.short == "unknown"
    assert "\x1b" not in "".join(warnings(code(), found))
