"""Published phenomena as executable checks: what a circuit reproduces, and what it does not."""
