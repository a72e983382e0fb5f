"""P(success) of many turns at once, from columns of sessions (extra `learn`)."""

from streams.outcome.columns.success import success_of

__all__ = ["success_of"]
