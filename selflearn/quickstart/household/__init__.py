"""The bundled log: turns and signals of some households, one file for each topic.

Made by `simulator.sample_log` (`make sample-log`); no person's data is in it.
"""

__all__: list[str] = []
