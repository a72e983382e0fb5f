"""`selflearn serve`: the HTTP API."""

import gc
import logging
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import refusing, say, warn
from selflearn.settings import Settings

if TYPE_CHECKING:  # each needs an extra
    from fastapi import FastAPI

    from selflearn.observing.tracing import Tracing

__all__ = ["app"]

_log = logging.getLogger(__name__)

#: Longer than callers keep idle connections, so that it is they who close them and no request meets a closed one.
_KEEP_ALIVE = 75

app = typer.Typer()


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: `api.host`.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one; default: `api.port`.")
    ] = None,
) -> None:
    """Serve rewrites over HTTP until Ctrl-C or SIGTERM. New versions of the table are picked up.

    When it is told to end, it answers what it has begun and writes its decisions first.

    Exit codes: 0 ended, 1 the port is taken, 2 wrong settings.
    """
    with refusing():
        import uvicorn

        from selflearn.access import refuse_open
        from selflearn.api import create_app
        from selflearn.api.stopping import Draining, StoppingServer
        from selflearn.observing import start_logs
        from selflearn.quickstart.server import listen

        settings = chosen(context)
        host = host or settings.api.host
        refuse_open(settings.access, host)
        listener = listen(host, settings.api.port if port is None else port)
        start_logs(settings.logs, verbose=logging.getLogger().isEnabledFor(logging.INFO))
        tell, caution = _voices(settings)
        api = create_app(settings)
        table = api.state.rewriter.table
        address = "http://{}:{}".format(*listener.getsockname()[:2])
        if table is None:
            caution(
                f"no table in {settings.table_folder} can be loaded yet; requests get status 503 until then"
            )
        else:
            tell(f"serving version {table.version}, {len(table)} entries")
        tell(f"listening on {address}; what to ask is on {address}/docs")
        traced = _traced(api, settings)
        draining = Draining(traced or api)
        config = uvicorn.Config(
            draining,
            log_config=None,
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=round(settings.api.stop_within.total_seconds()),
        )
        # When it has ended in good order, uvicorn raises the signal that told it to once more: that is not a fault.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        # What is loaded by now stays: the garbage collector need not go through it again and again while it serves.
        gc.collect()
        gc.freeze()
        StoppingServer(config, draining, settings.api.drain_delay.total_seconds()).run(sockets=[listener])
        if traced is not None:
            traced.close()
        tell("ended; what was asked is answered, and decisions are written")


def _traced(api: "FastAPI", settings: Settings) -> "Tracing | None":
    if not settings.telemetry.enabled:
        return None
    from selflearn.observing.tracing import trace_app

    return trace_app(api, settings.telemetry)


def _voices(settings: Settings) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Say things to a person; where programs read the log, as lines of it."""
    if settings.logs.format == "text":
        return say, warn
    # Whatever the level of the log: where it listens is always worth a line.
    _log.setLevel(logging.INFO)
    return _log.info, _log.warning
