"""Line of a file of the project at which an error was raised."""

import traceback


def place_in(file: str, error: BaseException | None) -> str:
    """`file`, a path in the project, with the number of its last line in the traceback of `error`: `nets/mlp.py:12`."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    lines = [frame.lineno for frame in frames if frame.filename.replace("\\", "/").endswith(f"/{file}")]
    if not lines and isinstance(error, SyntaxError) and (error.filename or "").replace("\\", "/").endswith(f"/{file}"):
        lines = [error.lineno]
    return f"{file}:{lines[-1]}" if lines else file
