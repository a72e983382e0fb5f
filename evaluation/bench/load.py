"""A load on an HTTP server: some connections, kept alive, each asking again as soon as it was answered."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from evaluation.errors import BenchFailed

__all__ = ["Load", "put"]

_LENGTH = b"content-length:"
_PATIENCE = 30.0


class Load(NamedTuple):
    """What a server did under load.

    Attributes
    ----------
    answers_per_second
        Throughput.
    p50_ms, p99_ms
        Quantiles of the time from the request's last byte sent to the answer's last byte received.
    answers
        How many there were.
    """

    answers_per_second: float
    p50_ms: float
    p99_ms: float
    answers: int


class _Connection(asyncio.Protocol):
    """One connection in a closed loop; nothing is parsed but the status and the length of the body."""

    def __init__(self, requests: Sequence[bytes], place: int, ends: float, times: list[float]) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._place, self._ends, self._times = requests, place, ends, times
        self._buffer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own kind is no subclass
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.lower().find(_LENGTH, 0, head)
        length = int(self._buffer[at + len(_LENGTH) : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        now = time.perf_counter()
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._fail(f"answered {self._buffer[:200]!r}")
            return
        self._times.append(now - self._began)
        self._buffer = b""
        if now < self._ends:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            if time.perf_counter() < self._ends:
                self.closed.set_exception(ConnectionError(f"the server hung up: {exc}"))
            else:
                self.closed.set_result(None)

    def _ask(self) -> None:
        self._place = (self._place + 1) % len(self._requests)
        self._began = time.perf_counter()
        self._transport.write(self._requests[self._place])

    def _fail(self, why: str) -> None:
        if not self.closed.done():
            self.closed.set_exception(ConnectionError(why))
        self._transport.close()


def put(
    port: int, path: str, bodies: Sequence[bytes], headers: Sequence[str], seconds: float, connections: int
) -> Load:
    """Ask for some seconds.

    Parameters
    ----------
    port
        Of the server, on loopback.
    path
        To post to.
    bodies
        JSON bodies, asked in turn; each connection begins elsewhere among them.
    headers
        Further header lines.
    seconds
        How long; requests under way are waited for.
    connections
        How many ask at once.

    Raises
    ------
    BenchFailed
        An answer was not 200, or the server hung up.
    """
    head = "".join(f"{line}\r\n" for line in headers)
    requests = [
        (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n{head}"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode()
        + body
        for body in bodies
    ]
    try:
        import uvloop

        return uvloop.run(_put(port, requests, seconds, connections))
    except OSError as error:
        raise BenchFailed([f"POST {path}"], 1, str(error)) from error


async def _put(port: int, requests: Sequence[bytes], seconds: float, connections: int) -> Load:
    times: list[float] = []
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    under_way = []
    for number in range(connections):
        start = number * len(requests) // connections
        _, connection = await loop.create_connection(
            lambda start=start: _Connection(requests, start, began + seconds, times),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        under_way.append(connection.closed)
    async with asyncio.timeout(seconds + _PATIENCE):
        await asyncio.gather(*under_way)
    took = time.perf_counter() - began
    p50, p99 = np.quantile(times, (0.5, 0.99)) * 1e3
    return Load(len(times) / took, float(p50), float(p99), len(times))


def _main() -> None:
    """Run the load that a JSON file describes, in a process of its own, so that asking takes no time from answering."""
    wanted: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    wanted["bodies"] = [body.encode() for body in wanted["bodies"]]
    print(json.dumps(put(**wanted)._asdict()))


if __name__ == "__main__":
    _main()
