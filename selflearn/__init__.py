"""Floor 4, the product: it reads dialogue logs, learns better requests, and serves them.

`Rewriter` is the rewrite API without HTTP. It needs the core of the distribution only; the HTTP API
(`selflearn.api`) needs the extra `serve`, and learning (`selflearn.learning`) the extra `learn`.
"""

from selflearn.messages import Context, Hypothesis, RewriteAnswer, RewriteRequest
from selflearn.rewriter import Rewriter

__all__ = ["Context", "Hypothesis", "RewriteAnswer", "RewriteRequest", "Rewriter"]
