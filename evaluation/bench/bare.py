"""The floor of `bench lookup`: a FastAPI endpoint with the product's models that does nothing."""

import sys

import uvicorn
from fastapi import FastAPI

from selflearn.messages import Outcome, RewriteAnswer, RewriteRequest
from streams.records import Interpretation, Slot

__all__ = ["app"]

app = FastAPI()

_ANSWER = RewriteAnswer(
    request_id="bare",
    rewrite="play imagine dragons",
    interpretation=Interpretation(intent="play", slots=(Slot(name="artist", value="imagine dragons"),)),
    source="table",
    win_probability=0.9,
    table_version="bare",
    outcome=Outcome.REWRITTEN,
)


@app.post("/v1/rewrite", response_model=RewriteAnswer)
async def rewrite(asked: RewriteRequest) -> RewriteAnswer:
    """Answer the same, whatever is asked."""
    return _ANSWER.model_copy(update={"request_id": asked.request_id or "bare"})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
