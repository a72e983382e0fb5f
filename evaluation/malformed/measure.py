"""Many malformed records of stated kinds among good ones: what is refused, why, and what is kept."""

from pathlib import Path
from typing import Any

from evaluation.broker import broker_command
from evaluation.errors import TrialFailed
from evaluation.malformed.judging import Verdict, judged
from evaluation.malformed.mixture import Line, mixture
from evaluation.malformed.sending import through_files, through_kafka
from selflearn.steps import Step

__all__ = ["measure_malformed"]

#: Of the records that go through files, the share that goes through a broker too.
_KAFKA = 0.05


def measure_malformed(records: int, seed: int, folder: Path, step: Step) -> dict[str, Any]:
    """Send malformed records through `selflearn ingest`, from files and through a broker, and look for each.

    The oracle is no part of the product: Python's own JSON, the JSON Schema of the record, and plain limits
    (`evaluation.malformed.oracle`). Where it calls good what was meant to be malformed, the record is counted
    as good, and has to be kept.

    Parameters
    ----------
    records
        Malformed ones, from files; a twentieth of it through a broker besides, where there is one.
    seed
        Of what is made.
    folder
        Where logs and archives are.
    step
        Told of the progress.

    Returns
    -------
    dict
        `records` (all), `malformed`, `in_dead_letters`, `good`, `kept`, `mismatches` (must be nought),
        `mismatches_by_what`, `examples`, `kinds` (by kind: made, still_good, in_dead_letters, reasons) of what
        went through files, and `kafka` with the same of what went through the broker.

    Raises
    ------
    TrialFailed
        The ingestion did not end well, or what makes the records is not installed.
    """
    try:
        step("making records for files", None)
        lines = _made(records, seed, step, lines=True)
        step(f"ingesting {len(lines):,} records from files", None)
        answer = _figures(judged(through_files(lines, folder / "files")))
        if broker_command() is None:
            return {**answer, "kafka": {"skipped": "there is no Kafka broker here; set KAFKA_HOME"}}
        step("making records for a broker", None)
        lines = _made(max(1, round(records * _KAFKA)), seed + 1, step, lines=False)
        step(f"ingesting {len(lines):,} records from a broker", None)
        return {**answer, "kafka": _figures(judged(through_kafka(lines, folder / "kafka")))}
    except ModuleNotFoundError as error:
        raise TrialFailed(f"this needs {error.name}: pip install 'selflearn[dev]'") from error


def _made(records: int, seed: int, step: Step, *, lines: bool) -> list[Line]:
    made: list[Line] = []
    malformed = 0
    for line in mixture(records, seed, lines=lines):
        made.append(line)
        malformed += line.fault is not None
        if malformed % 1000 == 0:
            step(f"making records: {malformed:,} malformed ones", malformed / records)
    return made


def _figures(verdict: Verdict) -> dict[str, Any]:
    return {
        "records": verdict.malformed + verdict.good,
        "malformed": verdict.malformed,
        "in_dead_letters": verdict.in_dead_letters,
        "good": verdict.good,
        "kept": verdict.kept,
        "mismatches": sum(verdict.mismatches.values()),
        "mismatches_by_what": dict(verdict.mismatches),
        "examples": verdict.examples,
        "kinds": dict(sorted(verdict.kinds.items())),
    }
