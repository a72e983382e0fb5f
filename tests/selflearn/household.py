"""A small log written out by rule: some customers are misheard, say it again, and are understood."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.records import Interpretation, Response, ResponseStatus, Signal, SignalKind, Slot, Turn

__all__ = ["HEARD", "MEANT", "customers_turns", "write_log"]

HEARD, MEANT = "play maj and dragons", "play imagine dragons"
_START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def _turn(customer: int, day: int, number: int, text: str, artist: str | None, tenant: str) -> Turn:
    understood = artist is not None
    time = _START + timedelta(days=day, hours=customer % 12, seconds=12 * number)
    return Turn(
        tenant_id=tenant,
        turn_id=f"{tenant}-{customer}-{day}-{number}",
        customer_id=f"c{customer}",
        device_id=f"d{customer}",
        time=time,
        utterance=text,
        nlu=(Interpretation(domain="music", intent="play", slots=(Slot(name="artist", value=artist),)),)
        if artist is not None
        else (Interpretation(),),
        response=Response(
            text="Here it is." if understood else "Sorry, I did not get that.",
            status=ResponseStatus.OK if understood else ResponseStatus.NOT_UNDERSTOOD,
            ended=time + timedelta(seconds=4),
        ),
    )


def customers_turns(customers: int = 16, days: int = 4, tenant: str = "default") -> list[Turn | Signal]:
    """Sessions of some customers, each on some days."""
    records: list[Turn | Signal] = []
    for customer in range(customers):
        for day in range(days):
            if (customer + day) % 2:
                said = [(MEANT, "imagine dragons"), ("thank you", None)]
            else:
                said = [(HEARD, None), (MEANT, "imagine dragons")]
            turns = [_turn(customer, day, n, text, artist, tenant) for n, (text, artist) in enumerate(said)]
            records += turns
            for turn in turns:
                good = turn.utterance == MEANT
                records.append(
                    Signal(
                        tenant_id=tenant,
                        signal_id=f"s-{turn.turn_id}",
                        turn_id=turn.turn_id,
                        customer_id=turn.customer_id,
                        time=turn.time + timedelta(seconds=6),
                        kind=SignalKind.PLAYBACK_ENDED if good else SignalKind.INTERRUPTED,
                        value=1.0,
                    )
                )
    return records


def write_log(folder: Path, records: list[Turn | Signal]) -> Path:
    """Write records as JSONL files named for their topics."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in (Turn, Signal):
        lines = [r.model_dump_json() for r in records if isinstance(r, kind)]
        (folder / f"{kind.topic}.jsonl").write_text("\n".join(lines) + "\n")
    return folder
