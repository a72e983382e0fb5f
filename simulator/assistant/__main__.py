"""Measures the assistant of a world: `python -m simulator.assistant household [REQUESTS]`."""

import sys

from rich.console import Console
from rich.table import Table

from backbone.noise import PROFILES
from simulator.assistant.assistant import Assistant
from simulator.assistant.measuring import Asked, Measured, Sampler, measure, with_channel
from simulator.world import World, load_world

__all__: list[str] = []


def main(name: str = "household", many: str = "8000") -> None:
    """Print what is measured of the assistant of a world."""
    world = load_world(name)
    sampler = Sampler(world, 1)
    requests = [sampler.draw(number) for number in range(int(many))]
    assistant = Assistant(world)
    console = Console(width=120)
    clean = measure(assistant, world, requests, clean=True)
    console.print(_understanding(clean))
    console.print(_reliability(clean, "NLU confidence, requests as they were said"))
    heard = measure(assistant, world, requests, clean=False)
    console.print(_reliability(heard, "NLU confidence, requests as they were heard"))
    console.print(_stages(world, requests))


def _understanding(clean: Measured) -> Table:
    table = Table(
        "requests", "share", "read rightly", "rejected", "wrong", title="NLU, requests as they were said"
    )
    kinds = {
        "seen wording, seen values": clean.only(seen_wording=True, seen_items=True),
        "seen wording, unseen value": clean.only(seen_wording=True, seen_items=False),
        "unseen wording, seen values": clean.only(seen_wording=False, seen_items=True),
        "unseen wording, unseen value": clean.only(seen_wording=False, seen_items=False),
        "popular values or none": clean.only(tail=False),
        "a value of the tail": clean.only(tail=True),
        "all": clean,
    }
    for kind, some in kinds.items():
        share = len(some.answers) / len(clean.answers)
        wrong = 1.0 - some.understood - some.rejected
        table.add_row(kind, *(f"{part:.1%}" for part in (share, some.understood, some.rejected, wrong)))
    return table


def _reliability(measured: Measured, title: str) -> Table:
    table = Table("confidence", "accepted requests", "read rightly", title=title)
    for sure, many, right in measured.reliability:
        table.add_row(f"{sure:.2f}", str(many), f"{right:.2f}")
    return table


def _stages(world: World, requests: list[Asked]) -> Table:
    columns = (
        "channel",
        "misheard",
        "made good",
        "NLU wrong first",
        "made good",
        "asr",
        "nlu",
        "entity",
        "result",
        "defects",
        "head",
        "tail",
    )
    table = Table(*columns, title="Defects by stage, of all requests")
    for profile in PROFILES:
        other = with_channel(world, profile)
        heard = measure(Assistant(other), other, requests, clean=False)
        good = heard.made_good
        shares = (*good["asr"], *good["nlu"], *heard.failed_at.values(), heard.defects)
        parts = (heard.only(tail=False).defects, heard.only(tail=True).defects)
        table.add_row(profile, *(f"{part:.1%}" for part in (*shares, *parts)))
    return table


if __name__ == "__main__":
    main(*sys.argv[1:])
