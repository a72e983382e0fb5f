"""Placeholder until its owner fills it."""

import typer

__all__ = ["app"]

app = typer.Typer()


@app.command()
def switch() -> None:
    """Being built."""
