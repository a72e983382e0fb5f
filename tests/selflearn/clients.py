"""Both kinds of client, called the same way, and servers that behave as told."""

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress

from selflearn.client import AsyncClient, ClientSettings

#: Long beside what a loaded machine may lose, short beside what a test may take.
QUICK = ClientSettings(
    deadline=0.25, batch_deadline=0.5, patience=2.0, failures=3, cool_down=60.0, jitter=0.0
)
#: What the API answers.
GOOD = {"request_id": "r", "rewrite": "b", "outcome": "rewritten", "table_version": "1"}


class Awaited:
    """The asynchronous client, called as the other is."""

    def __init__(self, *args, **options):
        self.runner = asyncio.Runner()
        self.client = self.runner.run(self._make(args, options))

    async def _make(self, args, options):
        return AsyncClient(*args, **options)

    def __getattr__(self, name):
        def called(*args, **options):
            async def run():
                result = getattr(self.client, name)(*args, **options)
                return await result if asyncio.iscoroutine(result) else result

            return self.runner.run(run())

        return called

    @property
    def counts(self):
        return self.client.counts

    def let(self, seconds):
        """Let its tasks run."""
        self.runner.run(asyncio.sleep(seconds))

    def close(self):
        self.runner.run(self.client.aclose())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        self.runner.close()


@contextmanager
def speaking(behave):
    """Listen on a port, and treat every connection as `behave` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=[connection], daemon=True).start()

    def treat(connection):
        with connection, suppress(OSError):
            behave(connection, over)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()
