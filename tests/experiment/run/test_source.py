"""The code of a run, in repositories that git itself has made."""

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from experiment.run import source
from experiment.run.source import Source, read_source

AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *AUTHOR, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path) -> Path:
    """A project of one commit, with a table, an ignored folder and a picture."""
    folder = tmp_path / "project"
    (folder / "nets").mkdir(parents=True)
    (folder / "nets" / "net.py").write_text("width = 8\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\0\1")
    (folder / ".gitignore").write_text("/ignored/\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def test_a_tree_without_changes_is_its_commit(project):
    found = read_source(project)
    assert found == Source(git(project, "rev-parse", "HEAD").strip())
    assert found.record()["dirty"] is False


def test_the_diff_makes_the_changed_tree_of_its_commit(project, tmp_path):
    (project / "nets" / "net.py").write_text("width = 9")
    (project / "nets" / "new one.py").write_text("# neu: \u00e4\nx = 1\n")
    (project / "added.txt").write_text("staged\n")
    git(project, "add", "added.txt")
    before = git(project, "status", "--porcelain")
    found = read_source(project)
    assert git(project, "status", "--porcelain") == before  # the index is the person's own
    assert found.digest == hashlib.sha256(found.diff).hexdigest()
    assert found.record()["dirty"] is True
    git(tmp_path, "clone", "-q", str(project), "clone")
    (tmp_path / "source.diff").write_bytes(found.diff)
    git(tmp_path / "clone", "apply", str(tmp_path / "source.diff"))
    for name in ("nets/net.py", "nets/new one.py", "added.txt"):
        assert (tmp_path / "clone" / name).read_bytes() == (project / name).read_bytes()


def test_tables_studies_secrets_and_ignored_files_that_are_new_are_not_kept(project):
    (project / "ignored").mkdir()
    for name in ("patients.csv", ".env", "mine.yaml", "ignored/x.py", "weights.bin"):
        (project / name).write_text("secret\n")
    assert read_source(project) == Source(git(project, "rev-parse", "HEAD").strip())


def test_of_a_file_that_is_no_text_only_its_name_is_kept(project):
    (project / "picture.png").write_bytes(b"\x89PNG\0secret")
    found = read_source(project)
    assert b"Binary files a/picture.png and b/picture.png differ" in found.diff
    assert b"secret" not in found.diff


def test_no_link_is_followed(project, tmp_path):
    (tmp_path / "outside.py").write_text("secret = 1\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.py").write_text("secret = 2\n")
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    (project / "folder").symlink_to(tmp_path / "folder")
    assert b"secret" not in read_source(project).diff
    assert b"+" + os.fsencode(tmp_path / "outside.py") in read_source(project).diff


def test_a_long_diff_is_cut_at_a_line_and_its_digest_is_that_of_all_of_it(project):
    lines = [f"x_{number} = '{'y' * 90}'\n" for number in range(12_000)]
    (project / "long.py").write_text("".join(lines))
    one = read_source(project)
    assert len(one.diff) < source.LIMIT + 100
    kept, told = one.diff[:-1].rsplit(b"\n", 1)
    assert told.startswith(f"(cut here: {len(kept) + 1:,} of ".encode())
    assert kept.endswith(b"y'")
    (project / "long.py").write_text("".join([*lines[:-1], "z = 1\n"]))
    other = read_source(project)
    assert other.diff[500:900_000] == one.diff[500:900_000]
    assert other.digest != one.digest


def test_runs_below_the_project_are_no_code_of_it(project):
    (project / "results" / "a").mkdir(parents=True)
    (project / "results" / "a" / "left.py").write_text("x\n")
    assert read_source(project, project / "results").digest is None
    assert read_source(project).digest


def test_a_program_that_the_repository_names_is_not_run(project, tmp_path):
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
    trap.chmod(0o755)
    (project / ".gitattributes").write_text("*.py diff=trap\n")
    for hook in ("post-index-change", "pre-commit"):
        (project / ".git" / "hooks").mkdir(exist_ok=True)
        (project / ".git" / "hooks" / hook).symlink_to(trap)
    for key in ("diff.external", "core.fsmonitor", "core.pager", "diff.trap.textconv", "diff.trap.command"):
        git(project, "config", key, str(trap))
    (project / "nets" / "net.py").write_text("width = 10\n")
    (project / "new.py").write_text("width = 11\n")
    found = read_source(project)
    assert b"+width = 10" in found.diff
    assert b"+width = 11" in found.diff
    assert not (tmp_path / "sprung").exists()


def test_the_diff_does_not_depend_on_how_a_person_likes_to_read_it(project):
    (project / "nets" / "net.py").write_text("width = 9\n")
    before = read_source(project).digest
    for key, value in {
        "diff.noprefix": "true",
        "diff.context": "9",
        "color.ui": "always",
        "diff.mnemonicPrefix": "1",
    }.items():
        git(project, "config", key, value)
    assert read_source(project).digest == before


def test_variables_of_another_repository_are_not_heard(project, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    found = read_source(project)
    monkeypatch.delenv("GIT_DIR")
    assert found.commit == git(project, "rev-parse", "HEAD").strip()


def test_without_a_repository_a_commit_or_git_it_says_so(project, tmp_path, monkeypatch):
    plain = tmp_path / "plain"
    plain.mkdir()
    assert read_source(plain) == Source(unknown="no git repository")
    (project / "copied").mkdir()
    (project / "copied" / "code.py").write_text("")
    assert read_source(project / "copied") == Source(unknown="the project is in no commit of its repository")
    git(plain, "init", "-q")
    (plain / "a.py").write_text("")
    git(plain, "add", ".")
    assert read_source(plain) == Source(unknown="the repository has no commit")
    monkeypatch.setenv("PATH", "")
    assert read_source(project) == Source(unknown="git is not installed")


def test_git_has_a_short_time(project, tmp_path, monkeypatch):
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(source, "SECONDS", 0.2)
    started = time.monotonic()
    assert read_source(project) == Source(unknown="git took longer than 0 s")
    assert time.monotonic() - started < 20
