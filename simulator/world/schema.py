"""What a world file may say: every table and key of the TOML, with its bounds.

A probability is in [0, 1]; a share or weight counts against the others of its list.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Ambient",
    "Assistant",
    "DeviceKind",
    "DriftEvent",
    "DriftKind",
    "Habit",
    "Homes",
    "Intent",
    "IntentKind",
    "Item",
    "People",
    "Share",
    "SlotType",
    "Take",
    "Wording",
    "WorldFile",
]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
IntentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$")]
Words = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """A table of the file; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(Table):
    """Ways to say a request: `{slot}` is a value, `(a|b|)` one of several, `[a]` may be left out."""

    say: Words = Field(description="The wording.")
    weight: Share = Field(default=1.0, description="How usual it is, against the intent's others.")
    from_day: int = Field(default=0, ge=0, description="First day on which anybody says so: slang.")
    seen: bool | None = Field(
        default=None, description="Whether the NLU was trained on it; none: chance decides."
    )

    @model_validator(mode="before")
    @classmethod
    def _told_alone(cls, value: Any) -> Any:
        return {"say": value} if isinstance(value, str) else value


class IntentKind(StrEnum):
    """What serving a request means."""

    DO = "do"  # something is done: lights, timers
    PLAY = "play"  # something plays until it is stopped
    SEARCH = "search"  # items are looked for by constraints, offered one by one, and asked about
    TELL = "tell"  # something is said: weather, time
    CHAT = "chat"  # thanks, denials, cancellations, farewells: no request
    UNSUPPORTED = "unsupported"  # nobody can serve it


class Intent(Table):
    """A kind of request."""

    name: IntentName = Field(description="`domain/intent`.")
    kind: IntentKind = Field(default=IntentKind.DO, description="What serving it means; see below.")
    share: Share = Field(default=1.0, description="How often it is wanted, against the others.")
    slots: tuple[Name, ...] = Field(default=(), description="Values that a whole request has.")
    optional: dict[Name, Probability] = Field(
        default={}, description="Further values, and how often a wish has them."
    )
    asks: tuple[Name, ...] = Field(
        default=(),
        description="Slots that people may leave out; the assistant then asks for them, in this order.",
    )
    wordings: tuple[Wording, ...] = Field(
        min_length=1, description="Ways to say it: tables, or texts alone where the weight is 1."
    )
    answers: tuple[Words, ...] = Field(
        default=(), description="What the assistant says when it is done; `{slot}`."
    )
    prompts: dict[Name, Words] = Field(default={}, description="How it asks for a slot.")
    searches: Name | None = Field(default=None, description="Slot type whose items a search looks through.")
    enough: int | None = Field(
        default=None,
        ge=1,
        description="With so many constraints a search offers something; none: with all that it asks for.",
    )
    tells: tuple[Name, ...] = Field(
        default=(), description="Attributes of an offered item that people ask for."
    )
    needs_device: Name | None = Field(
        default=None, description="Device kind that a home must have to be served."
    )
    starts: Name | None = Field(default=None, description="Ambient state that a success switches on.")
    stops: Name | None = Field(default=None, description="Ambient state that a success switches off.")
    means_by_state: dict[Name, IntentName] = Field(
        default={},
        description="For words that mean something else by what goes on: ambient state → intent, the first that is on.",
    )


class Item(Table):
    """A thing of the catalogue, most popular first in its list."""

    name: Words = Field(description="What it is called.")
    also: tuple[Words, ...] = Field(default=(), description="Other names that people use for it.")
    of: dict[Name, str | tuple[str, ...]] = Field(default={}, description="Attributes: artist, area, phone.")
    available: bool = Field(default=True, description="Whether the assistant can serve it.")
    versions: tuple[Words, ...] = Field(
        default=(), description="Other recordings that may be played instead."
    )
    from_day: int = Field(default=0, ge=0, description="First day on which it is there.")

    @model_validator(mode="before")
    @classmethod
    def _told_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class SlotType(Table):
    """The values that a slot may have."""

    items: tuple[Item, ...] = Field(
        min_length=1, description="Most popular first: tables, or names alone where there is no more to tell."
    )
    tail: float = Field(default=1.0, ge=0.0, le=3.0, description="Weight of rank r is 1 / (r + 2)^tail.")
    personal: Probability = Field(default=0.5, description="How often a customer takes a favourite.")
    favourites: int = Field(
        default=4, ge=1, description="How many a customer has; drawn with less respect to rank."
    )
    resolved: bool = Field(
        default=True, description="Whether values are looked up in the catalogue by sound and spelling."
    )


class DeviceKind(Table):
    """A kind of device in homes."""

    name: Name = Field(description="What `needs_device` and drift call it.")
    share: Share = Field(
        default=1.0,
        description="How often it is one of a home's; of what does not listen, against the greatest share of all.",
    )
    screen: bool = Field(default=False, description="Whether it shows things.")
    noise: float = Field(default=1.0, ge=0.0, le=5.0, description="Factor on the channel's noise.")
    rooms: tuple[Words, ...] = Field(
        default=(), description="Where such devices stand; none: they are carried."
    )
    listens: bool = Field(
        default=True,
        description="Whether it can be spoken to; false of what is only told what to do: a lamp.",
    )


class Homes(Table):
    """How people live."""

    people: tuple[Share, ...] = Field(
        default=(5.0, 4.0, 1.0), description="Weights of one, two, three … people."
    )
    devices: tuple[DeviceKind, ...] = Field(min_length=1, description="Kinds of device.")
    most_devices: int = Field(default=4, ge=1, description="So many that listen has a home at most.")
    utc_offsets: tuple[int, ...] = Field(default=(0,), description="Minutes; one a home.")
    walking: Probability = Field(
        default=0.1, description="A person speaks to another device than last time, within a session."
    )


class People(Table):
    """How people behave. Sources of the defaults: docs/simulator.md."""

    sessions_a_day: float = Field(default=1.5, gt=0.0, le=50.0, description="Of a person, on average.")
    activity_spread: float = Field(default=0.8, ge=0.0, description="Sigma of a log-normal factor on it.")
    hours: tuple[Share, ...] = Field(
        default=(1.0,) * 24, min_length=24, max_length=24, description="Weight of every hour of the day."
    )
    goals_a_session: float = Field(default=1.5, ge=1.0, description="Wishes of a session, on average.")
    clarity: tuple[float, float] = Field(
        default=(0.5, 1.7), description="Range of the factor on a person's noise."
    )
    own_words: Probability = Field(default=0.55, description="A person uses the wording they are used to.")
    leave_out: Probability = Field(
        default=0.3, description="A slot that the assistant may ask for is left out."
    )
    fillers: Probability = Field(default=0.06, description="A request begins with a filler such as `um`.")
    notices: Probability = Field(default=0.92, description="A wrong result is noticed.")
    notices_nothing: Probability = Field(default=0.01, description="A right result is taken for a wrong one.")
    interrupts_wrong: Probability = Field(default=0.3, description="Cuts off what is taken for wrong.")
    interrupts_right: Probability = Field(default=0.03, description="Cuts off what is right.")
    objects: Probability = Field(default=0.15, description="Says no before trying again.")
    tries_again: tuple[Probability, ...] = Field(
        default=(0.75, 0.6, 0.45, 0.3), description="After the first failure, the second …; none beyond."
    )
    same_words: Share = Field(default=0.35, description="How often a next try says the same again,")
    clearer: Share = Field(default=0.2, description="the same, but clearer,")
    other_words: Share = Field(default=0.3, description="the same in other words,")
    more_detail: Share = Field(default=0.15, description="or more than before; against one another.")
    clearer_noise: float = Field(
        default=0.5, ge=0.0, le=2.0, description="Factor on the noise of who speaks clearer."
    )
    comes_back: Probability = Field(
        default=0.1, description="Takes a goal that was given up, up again later."
    )
    changes_mind: Probability = Field(
        default=0.05, description="Wants something else of the kind after a success."
    )
    asks_for_more: Probability = Field(default=0.2, description="Asks for more of the kind after a success.")
    thanks: Probability = Field(default=0.06, description="Says thanks after a success.")
    complains: Probability = Field(default=0.08, description="Says what it thinks of the assistant.")
    cancels: Probability = Field(default=0.2, description="Says so when giving up.")
    hangs_up: Probability = Field(default=0.0, description="Ends the session at once when giving up.")
    rates: Probability = Field(default=0.02, description="Rates a goal when it is over.")
    gap: tuple[float, float] = Field(
        default=(3.0, 0.8), description="Median seconds and log sigma before a next try."
    )
    gap_goals: tuple[float, float] = Field(default=(14.0, 0.9), description="The same before a next goal.")
    unsupported: Probability = Field(default=0.02, description="A wish that nobody can serve.")


class Assistant(Table):
    """How good the assistant is, stage by stage."""

    opens: Words | None = Field(default=None, description="What it says first, where it answers a telephone.")
    wakes_falsely: float = Field(default=0.01, ge=0.0, description="False wakes a session, from talk around.")
    overheard: tuple[Words, ...] = Field(default=(), description="Such talk: television, other people.")
    channel: str = Field(default="far_field", description="Profile of backbone.noise.")
    seen: Probability = Field(default=0.7, description="Share of the wordings that the NLU was trained on.")
    seen_items: Probability = Field(default=0.8, description="Share of the values that it was trained on.")
    examples: int = Field(default=60, ge=1, description="Training sentences an intent.")
    seed: int = Field(
        default=7,
        ge=0,
        description="Which sentences the NLU and the recogniser have learned from; the run's seed has no part in it.",
    )
    rejects_below: Probability = Field(default=0.35, description="Not understood, if less sure than this.")
    resolves_above: Probability = Field(
        default=0.72, description="A value is taken for an item if it is as similar."
    )
    errors: Probability = Field(default=0.01, description="A service does not answer.")
    wrong_version: Probability = Field(
        default=0.03, description="Another version is played, where there is one."
    )
    mispronounces: Probability = Field(default=0.005, description="What it says cannot be understood.")
    confirms_below: Probability = Field(
        default=0.0, description="Asks whether it understood, if less sure than this."
    )
    versions: dict[Name, str] = Field(
        default={"asr": "1", "nlu": "1"}, description="Of its components, as turns tell them."
    )


class Habit(Table):
    """Something done by the clock, or after something else."""

    intent: IntentName = Field(description="What is done.")
    people: Probability = Field(default=0.2, description="Share of the people who have it.")
    hour: int | None = Field(default=None, ge=0, le=23, description="Around this hour; or `after`.")
    weekdays: tuple[int, ...] = Field(default=(), description="0 is Monday; none: every day.")
    after: IntentName | None = Field(default=None, description="After this was done; or `hour`.")
    probability: Probability = Field(default=0.5, description="How often, of those who have it.")
    values: dict[Name, str] = Field(
        default={}, description="Values that it always has; others are favourites."
    )


class Ambient(Table):
    """Something that goes on in a home and that a sensor may show: it plays, the oven is on, somebody drives."""

    sensor: Name | None = Field(default=None, description="What shows it, mostly.")
    hours: tuple[Share, ...] = Field(
        default=(), description="Probability by hour that it is on by itself; 24 or none."
    )
    minutes: float = Field(default=30.0, gt=0.0, description="How long it stays on, on average.")
    noise: float = Field(
        default=1.0, ge=0.0, le=5.0, description="Factor on the channel's noise while it is on."
    )
    activity: Words | None = Field(default=None, description="What the people are then said to be doing.")


class DriftKind(StrEnum):
    """What changes on a day."""

    ITEM = "item"  # an item is there from now on, or gone (`available = false`), and asked for `share` of its slot
    DEVICE = "device"  # a device kind is bought by `share` of the homes
    SLANG = "slang"  # a wording is used by `share` of the people
    MICROPHONE = "microphone"  # `share` of the homes hear with `noise`
    TRAFFIC = "traffic"  # an intent, or all, is wanted `factor` times as often, for `days`
    RARE = "rare"  # an intent is wanted on this day and again after `days`, not in between


class DriftEvent(Table):
    """A change on a day of the world."""

    day: int = Field(ge=0, description="Day on which it begins.")
    kind: DriftKind = Field(description="What changes; see below.")
    about: Words | None = Field(default=None, description="Item, device kind, wording or intent.")
    slot: Name | None = Field(default=None, description="Slot that the item is of.")
    share: Probability = Field(default=0.1, description="Of the slot, the homes, the people or the wishes.")
    factor: float = Field(default=1.0, ge=0.0, le=20.0, description="So many times as often.")
    noise: float = Field(default=1.0, ge=0.0, le=20.0, description="Factor on the noise of such homes.")
    days: int = Field(default=1, ge=1, description="For so many days; of what is rare: until it comes back.")
    available: bool = Field(default=True, description="Whether the item comes, or goes.")


class Take(Table):
    """How much a world takes of the one that it extends; whatever names what is left out is left out as well."""

    intents: tuple[IntentName, ...] = Field(default=(), description="The intents that it keeps; none: all.")
    items: int | None = Field(
        default=None, ge=1, description="So many items of every slot, the most popular ones; none: all."
    )


class WorldFile(Table):
    """A world."""

    format: Literal[1] = Field(default=1, description="Of the file.")
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = Field(description="Of the world.")
    about: str = Field(default="", description="One line, for a person.")
    extends: str | None = Field(
        default=None, description="A shipped world whose tables hold where this one has none."
    )
    take: Take = Field(default=Take(), description="How much of that world.")
    line: bool = Field(
        default=False, description="A telephone line: a session is a call, the assistant speaks first."
    )
    locale: str = Field(default="en-US", description="As turns tell it.")
    first_day: date = Field(default=date(2026, 1, 5), description="Date of day 0.")
    days: int = Field(default=30, ge=1, description="How long it lasts, where nobody says otherwise.")
    customers: int = Field(default=400, ge=1, description="How many people live in it, likewise.")
    people: People = Field(default=People(), description="How they behave.")
    homes: Homes = Field(description="How they live.")
    assistant: Assistant = Field(default=Assistant(), description="How good it is.")
    slots: dict[Name, SlotType] = Field(description="The catalogue: values by slot type.")
    intents: tuple[Intent, ...] = Field(min_length=1, description="What people ask for.")
    ambient: dict[Name, Ambient] = Field(default={}, description="What goes on in homes, by name.")
    habits: tuple[Habit, ...] = Field(default=(), description="What people do by habit.")
    drift: tuple[DriftEvent, ...] = Field(default=(), description="What changes, and when.")
