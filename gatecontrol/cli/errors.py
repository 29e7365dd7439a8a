"""Errors as the user sees them: complete text, an exit code, no traceback unless asked for."""

import os
import sys
import traceback

from gatecontrol.errors import ExperimentError, GatecontrolError

__all__ = ["BAD_INPUT", "FAILED", "INTERRUPTED", "report_error"]

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


def report_error(error: BaseException, debug: bool) -> int:
    """Write an error to standard error.

    Parameters
    ----------
    error : BaseException
    debug : bool
        Whether the traceback is shown too.

    Returns
    -------
    int
        Exit code.
    """
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if debug:
        trace = getattr(error, "trace", "")
        sys.stderr.write(f"{trace}\n" if trace else "".join(traceback.format_exception(error)))
    if hasattr(error, "exit_code") and hasattr(error, "show"):  # a usage error of typer
        error.show(sys.stderr)
        return int(error.exit_code)
    text, code = _described(error)
    sys.stderr.write(text.rstrip() + "\n")
    return code


def _described(error: BaseException) -> tuple[str, int]:
    name = type(error).__name__
    if isinstance(error, KeyboardInterrupt) or name == "Abort":
        return "Stopped.", INTERRUPTED
    if name == "Interrupted":
        return str(error), INTERRUPTED
    if isinstance(error, ExperimentError):
        return str(error), BAD_INPUT
    if name in {"CostError", "PluginError", "UnitError", "UsageError"}:
        return f"error: {error}", BAD_INPUT
    if isinstance(error, GatecontrolError):
        return f"error: {error}", FAILED
    if isinstance(error, OSError) and error.filename:
        reason = error.strerror or os.strerror(error.errno or 0)
        return f"error: {error.filename}: {reason}", FAILED
    if isinstance(error, MemoryError):
        return "error: out of memory; try --workers 1 or fewer points", FAILED
    return (
        f"internal error: {name}: {error}\n  help: run it again with --debug for the traceback, "
        + "and please report it",
        FAILED,
    )
