"""Check a table before training: columns, types, missing values, folds, warnings."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/check_data.py patients.csv                                    columns and types alone
  python scripts/check_data.py patients.csv target=relapse                     with the target: classes, folds, doubts
  python scripts/check_data.py patients.csv target=relapse folds.group=pid     as a study with these keys would read it
exit codes: 0 a study can be trained on it, 2 it cannot, and one line says why"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="check_data.py [options] FILE [target=COLUMN] [key=value ...]",
    )
    parser.add_argument("source", metavar="FILE", help="a table, or the name of a bundled data set")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="target=COLUMN, or any key of a study")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    arguments = parser.parse_intermixed_args()
    if wrong := [word for word in arguments.overrides if "=" not in word]:
        parser.error(f"{wrong[0]}: one table is enough, {arguments.source} is already given; write key=value")
    return arguments


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.check_data import run_check

    return run_check(arguments)


if __name__ == "__main__":
    sys.exit(main())
