"""Command lines of the scripts that train: a study file with changes to it, or a run to go on with."""

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[..., argparse.Action]


def study_parser(script: str, description: str | None, examples: str) -> argparse.ArgumentParser:
    """A parser of `CONFIG.yaml key=value ...` and `--debug`; `examples` stand below its help."""
    parser = argparse.ArgumentParser(
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage=f"{script} [options] [CONFIG.yaml] [key=value ...]",
    )
    parser.add_argument("study", nargs="*", metavar="CONFIG.yaml key=value", help="a study file, and changes to it")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser


def add_resume(parser: argparse.ArgumentParser, metavar: str, told: str) -> Add:
    """Add `--resume`; return what adds options that exclude it."""
    add: Add = parser.add_mutually_exclusive_group().add_argument
    add("--resume", type=Path, metavar=metavar, help=told)
    return add


def refuse_files(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End the script if a study file stands beside `--resume`, which goes on with the study of the run."""
    files = [word for word in arguments.study if "=" not in word]
    if arguments.resume and files:
        parser.error(f"--resume goes on with the study of {arguments.resume}; drop {' '.join(files)}")
