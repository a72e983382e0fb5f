"""`selflearn serve`: the HTTP API."""

import signal
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import refusing, say, warn

__all__ = ["app"]

app = typer.Typer()


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: `api.host`.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one; default: `api.port`.")
    ] = None,
) -> None:
    """Serve rewrites over HTTP until Ctrl-C. New versions of the table are picked up.

    Exit codes: 0 ended, 1 the port is taken, 2 wrong settings.
    """
    with refusing():
        import uvicorn

        from selflearn.api import create_app
        from selflearn.quickstart.server import listen

        settings = chosen(context)
        listener = listen(host or settings.api.host, settings.api.port if port is None else port)
        api = create_app(settings)
        table = api.state.rewriter.table
        address = "http://{}:{}".format(*listener.getsockname()[:2])
        if table is None:
            warn(f"no table in {settings.table_folder} can be loaded yet; requests get status 503 until then")
        else:
            say(f"serving version {table.version}, {len(table)} entries")
        say(f"listening on {address}; what to ask is on {address}/docs")
        config = uvicorn.Config(api, log_level="warning", access_log=False, timeout_graceful_shutdown=10)
        # When it has ended in good order, uvicorn raises the signal that told it to once more: that is not a fault.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listener])
