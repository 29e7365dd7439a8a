"""The command line: thin; every command is imported when it is called."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done; 1 a run failed; 2 bad input or usage; 130 interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        Instead of those of the process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    sys.exit(_guarded([a for a in given if a != "--debug"], debug))


def _guarded(arguments: list[str], debug: bool) -> int:
    """Turn every error into its message and exit code; a traceback only on request."""
    from gatecontrol.cli.errors import INTERRUPTED, report_error

    try:
        from gatecontrol.cli.app import app

        code = app(args=arguments, prog_name="gatecontrol", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer turns Ctrl-C into this code without a word
            raise KeyboardInterrupt
    except BrokenPipeError:  # the reader (head, less) has seen enough
        sys.stderr.close()
        return 0
    except BaseException as error:
        return report_error(error, debug)
    return code if isinstance(code, int) else 0
