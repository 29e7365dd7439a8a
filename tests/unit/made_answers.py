"""Tasks for worker processes that are no simulation."""

import os
import time

from gatecontrol.experiment.executor import default_workers


def echo(asked):
    """Return a question with the process that answered it; text may say what to do first."""
    if isinstance(asked, tuple):
        asked, seconds = asked
        time.sleep(seconds)
    if asked == "die":
        os._exit(3)
    if asked == "fail":
        raise ValueError("no such thing")
    if asked == "cores":
        return asked, default_workers(64)
    return asked, os.getpid()
