"""The bundled log: turns and signals of some simulated households, one file for each topic.

Made by `selflearn simulate` (`make sample-log`); no person's data is in it.
"""

__all__: list[str] = []
