"""Code version of a run by git: its commit, and the diff of uncommitted changes.

Git runs with no program of the repository's or user's configuration: no pager, hooks, file system monitor, external
diff or text conversion; and it writes nothing but a copy of its index, so that new files are in the diff.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, NamedTuple

SECONDS, LIMIT = 10.0, 1_000_000
"""Seconds for all git commands together; and the largest number of saved bytes of the diff."""
CODE = {".py", ".pyi", ".toml", ".cfg", ".ini", ".sh", ".html", ".css", ".js"}
"""Suffixes of untracked files that are part of the diff; others are not, since a table may hold private data."""
GIT = ("git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
PLAIN = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--no-relative", "--full-index", "--unified=3",
    "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers", "--submodule=short", "--ignore-submodules=dirty",
)  # fmt: skip
ELSEWHERE = {
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PAGER",
}  # fmt: skip
"""Variables that a hook or a shell may have set, and that would select another repository or start a program."""


class Source(NamedTuple):
    """Code version.

    Attributes:
        commit: 40 hexadecimal digits; None if it is unknown.
        diff: diff to the commit, truncated after `LIMIT` bytes with a line that states it; empty without changes.
        digest: SHA-256 of the whole diff; None if it is empty or unknown.
        unknown: reason why commit or diff are unknown; empty if they are not.
    """

    commit: str | None = None
    diff: bytes = b""
    digest: str | None = None
    unknown: str = ""

    def record(self) -> dict[str, Any]:
        """Fields for `environment.json`; `dirty` is None if it is unknown."""
        dirty = None if self.unknown else self.digest is not None
        return {
            "commit": self.commit,
            "dirty": dirty,
            "diff_sha256": self.digest,
            "commit_unknown": self.unknown or None,
        }


class GitError(Exception):
    """A git command that failed, with the cause."""


def read_source(project: Path, results: Path | None = None) -> Source:
    """Code version of the project in this folder, without `results`. Raises nothing if git is missing."""
    commit = None
    with tempfile.TemporaryDirectory() as folder:
        git = _Git(project, Path(folder))
        try:
            if not git.ask("ls-files", "-z", "--", "."):
                return Source(unknown="the project is in no commit of its repository")
            commit = git.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
            diff, digest = git.diff(_pathspec(project, results))
        except (GitError, OSError) as error:
            return Source(commit, unknown=str(error))
    return Source(commit, diff, digest)


def _pathspec(project: Path, results: Path | None) -> list[str]:
    """The project without the folder of its runs."""
    inside = results is not None and results.absolute().is_relative_to(project) and results.absolute() != project
    return [".", f":(exclude,literal){results.absolute().relative_to(project)}"] if inside and results else ["."]


class _Git:
    """Git in the folder `project`, with a `folder` for its copy of the index."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.folder, self.end = project, folder, time.monotonic() + SECONDS
        self.environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self.environment |= {
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }

    def ask(self, *words: str, given: bytes = b"") -> bytes:
        """Output of a git command. Raises GitError, OSError."""
        with tempfile.TemporaryFile(dir=self.folder) as answer:
            self._call(words, given, answer)
            return answer.read()

    def diff(self, pathspec: list[str]) -> tuple[bytes, str | None]:
        """The diff to HEAD, new files of code included, truncated at `LIMIT`; and the digest of all of it."""
        self._copy_index()
        others = self.ask("ls-files", "--others", "--exclude-standard", "-z", "--", *pathspec).split(b"\0")
        if new := b"".join(name + b"\0" for name in others if Path(os.fsdecode(name)).suffix in CODE):
            words = ("--literal-pathspecs", "add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul")
            self.ask(*words, given=new)
        with tempfile.TemporaryFile(dir=self.folder) as answer:
            self._call(("diff", *PLAIN, "HEAD", "--", *pathspec), b"", answer)
            size = os.fstat(answer.fileno()).st_size
            digest = hashlib.file_digest(answer, "sha256").hexdigest() if size else None
            answer.seek(0)
            return _cut(answer.read(LIMIT), size), digest

    def _copy_index(self) -> None:
        index, copy = os.fsdecode(self.ask("rev-parse", "--git-path", "index").rstrip(b"\n")), self.folder / "index"
        if (self.project / index).is_file():
            shutil.copyfile(self.project / index, copy)
        self.environment["GIT_INDEX_FILE"] = str(copy)

    def _call(self, words: tuple[str, ...], given: bytes, answer: IO[bytes]) -> None:
        """Run git with its output to `answer`, and rewind that."""
        try:
            done = subprocess.run(
                [*GIT, *words], input=given, stdout=answer, stderr=subprocess.PIPE, cwd=self.project,
                env=self.environment, timeout=max(0.1, self.end - time.monotonic()),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise GitError(f"git took longer than {SECONDS:.0f} s") from None
        except FileNotFoundError:
            raise GitError("git is not installed") from None
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().partition("\n")[0]
            known = {"": "the repository has no commit", "fatal: not a git repo": "no git repository"}
            raise GitError(known.get(told[:21], f"git: {told}"))
        answer.seek(0)


def _cut(diff: bytes, size: int) -> bytes:
    """Whole lines of a diff that was read up to `LIMIT`, and a line with their share of it."""
    if size <= LIMIT:
        return diff
    kept = diff[: diff.rfind(b"\n") + 1] or diff + b"\n"
    return kept + f"(cut here: {len(kept):,} of {size:,} bytes are kept)\n".encode()
