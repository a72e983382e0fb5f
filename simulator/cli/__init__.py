"""The commands `selflearn simulate` and `selflearn world`; they join the CLI through the entry points."""

__all__: list[str] = []
