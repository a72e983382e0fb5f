"""The assistant of the simulated world asks the product, by the product's own client."""

from evaluation.errors import TrialFailed
from selflearn.client import Client
from selflearn.messages import Context, Hypothesis
from simulator.simulation import Applied, Asked

__all__ = ["Asking"]


class Asking:
    """Asks for a rewrite of every request, once there is somebody to ask. A `simulator.simulation.Rewriting`.

    Attributes
    ----------
    client
        Of the product's server; None while the product only listens.
    """

    def __init__(self) -> None:
        self.client: Client | None = None

    def __call__(self, asked: Asked) -> Applied | None:
        """Ask for one.

        Raises
        ------
        TrialFailed
            The server did not decide; an assistant would go on with the original request, a test must not.
        """
        if self.client is None:
            return None
        context = asked.context
        answer = self.client.rewrite(
            asked.utterance,
            customer_id=asked.customer_id,
            device_id=asked.device_id,
            context=None if context is None else Context(asked=context.asked, prompt=context.prompt),
            asr=[Hypothesis(text=heard.text, score=heard.score) for heard in asked.asr],
            request_id=asked.request_id,
        )
        if answer.failed_open is not None:
            raise TrialFailed(f"the server did not answer a request: {answer.failed_open}")
        return Applied(answer.request_id, answer.text if answer.rewritten else None)
