"""Entries of a rewrite table, for tests of all floors."""

from datetime import UTC, datetime

from streams.records import Evidence, Interpretation, Rewrite, Slot

__all__ = ["MOMENT", "entry"]

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def entry(source, target, asked=None, *, probability=0.9, tenant="default", blocked=None):
    return Rewrite(
        tenant_id=tenant,
        rewrite_id=f"{tenant}:{asked}:{source}"[:500],
        source=source,
        asked=asked,
        target=target,
        interpretation=Interpretation(intent="inform", slots=(Slot(name="area", value="north"),)),
        win_probability=probability,
        evidence=Evidence(turns=12, customers=7, source_success=0.2, target_success=0.8, improvement_low=0.3),
        miner="chain",
        time=MOMENT,
        blocked=blocked,
    )
