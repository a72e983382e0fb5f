"""The quickstart: a bundled log, a table learned from it, and a server to ask."""

__all__: list[str] = []
