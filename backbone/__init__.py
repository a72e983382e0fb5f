"""How text becomes vectors, and how speech becomes text: what several components learn with."""

__all__: list[str] = []
