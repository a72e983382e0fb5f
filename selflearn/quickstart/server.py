"""The API in this process, behind a port that is taken before anything is learned."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI

from selflearn.errors import PortTaken, ServerFailed

__all__ = ["listen", "serving"]

_PATIENCE = 30.0


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.

    Raises
    ------
    PortTaken
        If something else listens there.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    return listener


@contextmanager
def serving(app: FastAPI, listener: socket.socket) -> Iterator[str]:
    """Serve an app from a thread while the block runs.

    Yields
    ------
    str
        The server's address, `http://host:port`; it answers already.

    Raises
    ------
    ServerFailed
        If it does not come up.
    """
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))

    def run() -> None:
        with suppress(SystemExit):  # uvicorn's way to say that the app did not start; it has logged why
            server.run(sockets=[listener])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        waited = threading.Event()
        for _ in range(int(_PATIENCE / 0.05)):
            if server.started or not thread.is_alive():
                break
            waited.wait(0.05)
        if not server.started:
            raise ServerFailed("the API did not come up; run `selflearn serve` to see why")
        host, port = listener.getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
