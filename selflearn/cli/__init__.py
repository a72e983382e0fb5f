"""The command line `selflearn`."""

from selflearn.cli.app import app, main

__all__ = ["app", "main"]
