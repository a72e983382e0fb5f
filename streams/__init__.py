"""Floor 1: what flows through selflearn, and how it is read, kept and put in order."""

__all__: list[str] = []
