"""A process that sends turns to a broker with the product's sink: `python -m … HOST:PORT TURNS SEED NAME`.

It prints `sent` for every batch that has arrived, and `again` where a flush failed and is tried again.
"""

import sys
import time

from evaluation.durability.sent import made
from streams.errors import SinkError
from streams.kafka import KafkaSettings
from streams.sinks import KafkaSink

__all__ = ["BATCH", "produce"]

BATCH = 50


def produce(settings: KafkaSettings, turns: int, seed: int, name: str) -> None:
    """Send what a trial sends, batch by batch, each until it has arrived."""
    sent = made(turns, seed, name)
    records = [*sent.turns, *sent.signals]
    sink = KafkaSink(settings, flush_seconds=3.0)
    for begin in range(0, len(records), BATCH):
        sink.write(records[begin : begin + BATCH])
        while True:
            try:
                sink.flush()
                break
            except SinkError:
                print("again")
                time.sleep(0.2)
        print("sent")
    sink.close()


if __name__ == "__main__":
    server, turns, seed, name = sys.argv[1:]
    produce(KafkaSettings(bootstrap_servers=(server,)), int(turns), int(seed), name)
