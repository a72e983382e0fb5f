"""Switches and rejections in the store that all servers share (extra `serve`).

A server takes `policy=stored_policy(settings.rewriting, store)` for its `Rewriter`, and keeps a
`FeedbackTaker(store, settings.data_folder / "feedback")` for what customers say.
"""

from selflearn.policy.stored.feedback import FeedbackTaker
from selflearn.policy.stored.policy import stored_policy
from selflearn.policy.stored.rejections import PostgresRejections, SqliteRejections, stored_rejections
from selflearn.policy.stored.switches import lift_switch, read_switches, set_switch

__all__ = [
    "FeedbackTaker",
    "PostgresRejections",
    "SqliteRejections",
    "lift_switch",
    "read_switches",
    "set_switch",
    "stored_policy",
    "stored_rejections",
]
