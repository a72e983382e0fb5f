"""What the product tells of itself: structured logs and traces. Never what anybody said, nor who said it."""

from selflearn.observing.logs import start_logs
from selflearn.observing.notes import RequestNotes, noting, take_note

__all__ = ["RequestNotes", "noting", "start_logs", "take_note"]
