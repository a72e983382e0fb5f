"""Whether a rewrite that was found is applied: live switches, customers' rejections, and the share held back.

What needs a store (SQLAlchemy, extra `serve`) is in `selflearn.policy.stored`.
"""

from selflearn.policy.assignment import share_of
from selflearn.policy.board import Board, TenantBoard
from selflearn.policy.judgement import Judgement
from selflearn.policy.judging import HOLD_BACK, Policy
from selflearn.policy.live import LiveSwitches
from selflearn.policy.rejection import Rejection, Rejections, rejection_id_of
from selflearn.policy.switch import Switch, SwitchKind, Wanted

__all__ = [
    "HOLD_BACK",
    "Board",
    "Judgement",
    "LiveSwitches",
    "Policy",
    "Rejection",
    "Rejections",
    "Switch",
    "SwitchKind",
    "TenantBoard",
    "Wanted",
    "rejection_id_of",
    "share_of",
]
