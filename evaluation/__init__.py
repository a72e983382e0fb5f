"""The judges: corpora with truth, metrics and tasks. Nothing in the house imports this package."""

__all__: list[str] = []
