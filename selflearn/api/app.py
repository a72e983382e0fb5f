"""The app: operations, problem documents, metrics and the docs page put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from rewrite_offline.table import CurrentTable
from selflearn.access import Gate
from selflearn.api.admission import Admission
from selflearn.api.body_limit import BodyLimit
from selflearn.api.contract import contract
from selflearn.api.direct import DirectAPI
from selflearn.api.docs_page import docs_page
from selflearn.api.measuring import Measuring
from selflearn.api.metrics import Metrics
from selflearn.api.refusals import refuse_with_problems
from selflearn.api.routes import router
from selflearn.api.routes.rewrite import add_rewrite
from selflearn.decisions import DecisionFiles, DecisionLog
from selflearn.policy.stored import FeedbackTaker, stored_policy
from selflearn.rewriter import Rewriter
from selflearn.settings import Settings, load_settings
from selflearn.store import Store, Watch

__all__ = ["create_app"]

_DESCRIPTION = """\
Asks, before the NLU parses a request, whether there is a better one to put in its place.

Every error is a problem document (RFC 9457) whose `type` never changes its meaning.
"""


def create_app(settings: Settings | None = None, rewriter: Rewriter | None = None) -> FastAPI:
    """Make the HTTP API.

    Parameters
    ----------
    settings
        All settings; read from file and environment where None.
    rewriter
        What answers; where None, one that serves the table of the settings' data folder and logs decisions
        there.

    Returns
    -------
    FastAPI
        The app. It starts without a table, and answers 503 until one is published.

    Raises
    ------
    StoreError
        The store of keys and switches cannot be opened.
    """
    settings = settings or load_settings()
    store = Store.open(settings.store, settings.data_folder)
    rewriter = rewriter or _rewriter(settings, store)
    feedback = FeedbackTaker(store, settings.data_folder / "feedback")
    metrics = Metrics(rewriter)
    watch = Watch(store, settings.access.check_every.total_seconds())
    gate = Gate(settings.access, store, watch)
    watch.look()

    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        watch.start()
        if rewriter.decisions is not None:
            rewriter.decisions.start()
        yield
        watch.close()
        rewriter.close()
        feedback.close()
        store.close()

    app = DirectAPI(
        title="selflearn",
        version=version("selflearn"),
        description=_DESCRIPTION,
        lifespan=closing,
        docs_url=None,
        redoc_url=None,
    )
    app.state.rewriter = rewriter
    app.state.metrics = metrics
    app.state.store = store
    app.state.gate = gate
    app.state.feedback = feedback
    add_rewrite(app)
    app.include_router(router())
    # The last one is asked first: who comes is known before a body is read.
    app.add_middleware(BodyLimit, max_bytes=settings.api.max_body_bytes)
    app.add_middleware(Admission, gate=gate)
    app.add_middleware(Measuring, metrics=metrics)
    refuse_with_problems(app)
    app.openapi = lambda: contract(app)  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    return app


def _rewriter(settings: Settings, store: Store) -> Rewriter:
    table = CurrentTable(settings.table_folder, check_every=settings.table.check_every.total_seconds())
    kept = settings.decisions
    log = DecisionLog(DecisionFiles(settings.decision_folder), capacity=kept.capacity) if kept.keep else None
    return Rewriter(table, decisions=log, policy=stored_policy(settings.rewriting, store))
