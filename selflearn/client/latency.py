"""What the client adds to a turn: with the API alive, dead, silent, and given up.

    python -m selflearn.client.latency --url http://127.0.0.1:8080 --say "play maj and dragons"

Only the API has to be there; the dead and the silent one are made here.
"""

import argparse
import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence

import orjson

from selflearn.client.answers import Failure
from selflearn.client.asynchronous import AsyncClient
from selflearn.client.settings import ClientSettings
from selflearn.client.synchronous import Client

__all__ = ["main", "measure"]

#: A breaker that never opens.
_NEVER = ClientSettings(failures=10**9, window=10**9, rate=1.0)


def measure(url: str, key: str | None, utterance: str, requests: int) -> dict[str, dict[str, float]]:
    """Time rewrites one after another.

    Parameters
    ----------
    url, key
        The API.
    utterance
        What is asked.
    requests
        How many; of those that wait for the deadline a fiftieth.

    Returns
    -------
    dict
        By case, `p50_ms`, `p99_ms`, and the share that failed open.
    """
    settings = ClientSettings()
    measured: dict[str, dict[str, float]] = {}
    with Client(url, key, settings=settings) as client:
        client.warm_up()
        measured["alive"] = _timed(lambda: client.rewrite(utterance).failed_open, requests)
    measured["alive, async"] = asyncio.run(_awaited(url, key, utterance, requests))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # It is never accepted: the system takes the connection, and nobody ever answers.
        with Client(f"http://127.0.0.1:{port}", settings=_NEVER) as client:
            few = max(requests // 50, 1)
            measured["silent, breaker closed"] = _timed(lambda: client.rewrite(utterance).failed_open, few)
    with Client(f"http://127.0.0.1:{port}", settings=_NEVER) as client:
        measured["dead, breaker closed"] = _timed(lambda: client.rewrite(utterance).failed_open, requests)
    with Client(
        f"http://127.0.0.1:{port}", settings=ClientSettings(cool_down=1e6, longest_cool_down=1e6)
    ) as client:
        while client.rewrite(utterance).failed_open is not Failure.BREAKER_OPEN:
            pass
        measured["dead, breaker open"] = _timed(lambda: client.rewrite(utterance).failed_open, requests)
    return measured


async def _awaited(url: str, key: str | None, utterance: str, requests: int) -> dict[str, float]:
    async with AsyncClient(url, key) as client:
        await client.warm_up()
        times, failed = [], 0
        for _ in range(requests):
            began = time.perf_counter()
            failed += (await client.rewrite(utterance)).failed_open is not None
            times.append(time.perf_counter() - began)
    return _summary(times, failed)


def _timed(once: Callable[[], Failure | None], requests: int) -> dict[str, float]:
    times, failed = [], 0
    for _ in range(requests):
        began = time.perf_counter()
        failed += once() is not None
        times.append(time.perf_counter() - began)
    return _summary(times, failed)


def _summary(times: list[float], failed: int) -> dict[str, float]:
    ordered = sorted(times)
    p50, p99 = (1e3 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3), "failed_open": failed / len(times)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="selflearn.client.latency", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the API")
    parser.add_argument("--say", default="play maj and dragons", help="what is asked")
    parser.add_argument("--requests", type=int, default=2000, help="of each case; default: 2000")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args(arguments)
    measured = measure(chosen.url, os.environ.get("SELFLEARN_API_KEY"), chosen.say, chosen.requests)
    if chosen.json:
        print(orjson.dumps(measured).decode())
        return
    for case, figures in measured.items():
        print(
            f"{case:<24} p50 {figures['p50_ms']:8.3f} ms   p99 {figures['p99_ms']:8.3f} ms   "
            f"failed open {figures['failed_open']:.0%}"
        )


if __name__ == "__main__":
    main()
