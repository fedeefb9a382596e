"""Start a framework's part of a run: `python -m experiment.launch lightning lightning_mods.fit RUN`.

Nothing but the standard library is imported before the module, which sets what has to be set before NumPy is loaded.
"""

import runpy
import sys
import traceback

from experiment.exit_codes import WRONG_STUDY


def launch() -> int:
    """Run the module as `python -m` would, and exit as it does; if it cannot be imported, a line says so."""
    framework, module = sys.argv.pop(1), sys.argv.pop(1)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Exception as error:  # `run_child` lets none through, so this one is from an import
        if "--debug" in sys.argv:
            traceback.print_exc()
        print(cannot_import(framework, error), file=sys.stderr)
        return WRONG_STUDY
    return 0


def cannot_import(framework: str, error: Exception) -> str:
    """What to say of a framework that is there, but broken or installed by half."""
    cause = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return f"{framework}: cannot be imported ({cause}); run `make setup`, or again with --debug for where it happened"


if __name__ == "__main__":
    sys.exit(launch())
