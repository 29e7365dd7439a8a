"""``python -m gatecontrol`` is the command line."""

from gatecontrol.cli import main

main()
