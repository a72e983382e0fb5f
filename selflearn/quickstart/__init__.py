"""The quickstart: a bundled log, a table learned from it, and a server to ask.

`household.jsonl.gz` and `household.signals.jsonl.gz` were made by `simulator.sample_log` (`make sample-log`);
no person's data is in them.
"""

__all__: list[str] = []
