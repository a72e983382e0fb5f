"""Labels from logs: what each turn meant and whether its goal was met (docs/design.md)."""

__all__: list[str] = []
