"""What people have learned about the assistant: the wording that worked where another had failed."""

from collections.abc import Mapping

__all__ = ["Memory"]


class Memory:
    """The wordings that the people of a home have taken to; never more than one a person and kind of request."""

    def __init__(self) -> None:
        self._learned: dict[str, dict[str, str]] = {}

    def wording(self, customer_id: str, intent: str) -> str | None:
        """Give what a person has learned to say; None where nothing was learned."""
        return self._learned.get(customer_id, {}).get(intent)

    def learn(self, customer_id: str, intent: str, wording: str) -> None:
        """Take to a wording."""
        self._learned.setdefault(customer_id, {})[intent] = wording

    def to_json(self) -> dict[str, dict[str, str]]:
        """Give what must be kept from day to day."""
        return {customer: dict(learned) for customer, learned in self._learned.items()}

    def restore(self, told: Mapping[str, Mapping[str, str]]) -> None:
        """Take what `to_json` gave."""
        self._learned = {customer: dict(learned) for customer, learned in told.items()}
