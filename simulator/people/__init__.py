"""Who lives in a world, what they want, what they say, and how they take what they get."""

from simulator.people.ambient import Surroundings
from simulator.people.calendar import Calendar, Plan
from simulator.people.drift import Drift
from simulator.people.homes import Customer, Home, Placed, settle
from simulator.people.memory import Memory
from simulator.people.moods import Mood, style_of
from simulator.people.tastes import Tastes
from simulator.people.wishes import Wish, Wishes
from simulator.people.words import Spoken, Words

__all__ = [
    "Calendar",
    "Customer",
    "Drift",
    "Home",
    "Memory",
    "Mood",
    "Placed",
    "Plan",
    "Spoken",
    "Surroundings",
    "Tastes",
    "Wish",
    "Wishes",
    "Words",
    "settle",
    "style_of",
]
