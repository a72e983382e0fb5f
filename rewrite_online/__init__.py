"""Online rewrites: retrieve, rank and decide in milliseconds, on a personal and a global layer (docs/design.md)."""

__all__: list[str] = []
