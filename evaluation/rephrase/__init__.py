"""The task `rephrase`: which later request of a session says an earlier one again, judged by what is true."""

__all__: list[str] = []
