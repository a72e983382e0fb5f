"""Small state that several processes share: keys, switches, rejections (extra `serve`)."""

from selflearn.store.models import ApiKey, Base, Change, Feedback, Moment, Rejection, Switch, Words
from selflearn.store.store import Store, note_change
from selflearn.store.watching import Watch

__all__ = [
    "ApiKey",
    "Base",
    "Change",
    "Feedback",
    "Moment",
    "Rejection",
    "Store",
    "Switch",
    "Watch",
    "Words",
    "note_change",
]
