"""Check this machine and its environments, try every learner, and say what to do."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

EPILOG = """checks: Python and packages against pyproject.toml and constraints.txt, driver and the GPUs that each
  learner's environment sees, cores, free memory and disk, write access, ten steps of a training in each learner
exit codes: 0 no fault, 1 a fault, 2 a fault that keeps every study from training"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="doctor.py [options] [CONFIG.yaml] [key=value ...]",
    )
    parser.add_argument(
        "study", nargs="*", metavar="CONFIG.yaml key=value", help="a study whose devices and output.root are checked"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--quick", action="store_true", help="train nothing")
    return parser.parse_intermixed_args()


def main() -> int:
    """Run the checks; return the exit code."""
    arguments = parse_arguments()
    if sys.version_info < (3, 11):  # noqa: UP036, since this is what is checked here
        print(
            f"fault    python        {sys.version.split()[0]}: needs 3.11 to 3.13; run `make setup PYTHON=python3.12`"
        )
        return 2
    from scripts.health.checking import run_doctor
    from scripts.project import continue_in_environment

    continue_in_environment()
    return run_doctor(arguments)


if __name__ == "__main__":
    sys.exit(main())
