"""The command `selflearn simulate`."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.terminal import print_json, refusing, say, steps
from simulator.simulation.writing import Written, write
from simulator.world import SHIPPED, World, load_world

__all__ = ["app"]

app = typer.Typer(name="simulate", help="Live a world's days: turns and, apart, what really happened.")


@app.command()
def simulate(
    world: Annotated[str, typer.Option(help=f"A world file, or one of: {', '.join(SHIPPED)}.")],
    out: Annotated[str, typer.Option(help="Folder for the log, or kafka://host:port.")],
    customers: Annotated[int | None, typer.Option(min=1, help="Default: as the world says.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Default: as the world says.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    truth: Annotated[
        str | None,
        typer.Option(help="Folder for the truth, or none. Default: OUT/truth; none where OUT is Kafka."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Default: one a core, and one where OUT is Kafka.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Write what the people of a world say to their assistant, day by day; days that are there are left."""
    with refusing(as_json):
        lived = load_world(world)
        people = lived.file.customers if customers is None else customers
        length = lived.file.days if days is None else days
        servers = re.fullmatch(r"kafka://(.+)", out)
        if servers is not None:
            folder = None if truth in (None, "none") else Path(truth or "")
            written = _sent(servers[1].split(","), lived, seed, people, length, folder)
        else:
            folder = None if truth == "none" else Path(truth) if truth else Path(out) / "truth"
            count = min(processes or os.cpu_count() or 1, people)
            with steps() as step:
                written = write(
                    lived, seed, people, length, Path(out), truth=folder, processes=count, step=step
                )
        _tell(written, lived, out, as_json)


def _sent(
    servers: list[str], world: World, seed: int, customers: int, days: int, truth: Path | None
) -> Written:
    from simulator.simulation.sending import send
    from simulator.simulation.simulation import Simulation
    from streams.kafka import KafkaSettings
    from streams.sinks import KafkaSink

    sink = KafkaSink(KafkaSettings(bootstrap_servers=servers))
    try:
        with steps() as step:
            step("training the assistant", None)
            return send(Simulation(world, seed, customers=customers, days=days), sink, truth=truth, step=step)
    finally:
        sink.close()


def _tell(written: Written, world: World, out: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "world": world.file.name,
                "digest": world.digest,
                "out": out,
                "days": written.days,
                "turns": written.turns,
                "signals": written.signals,
                "defects": written.defects,
            }
        )
    elif not written.days:
        say(f"all days are in {out} already")
    else:
        say(
            f"{written.days} days of {world.file.name} in {out}: {written.turns} turns, "
            f"{written.defects} of them defects, and {written.signals} signals"
        )
