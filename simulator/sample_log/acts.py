"""The kinds of request, and the wordings people have for each.

A wording is understood, or it is not: then the NLU finds nothing in it (`read="empty"`) or, sure of itself,
takes it for something else (`read="domain/intent"`).
"""

from dataclasses import dataclass

__all__ = ["ACTS", "Act", "Wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """A way to say a request; `{slot}` stands for a value."""

    text: str
    weight: float
    read: str = "right"


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of request.

    Attributes
    ----------
    share
        How often it is wanted, against the others.
    slots
        What a full request names.
    asks
        The slot that people may leave out; the assistant then asks for it. Its wordings come last.
    """

    domain: str
    intent: str
    share: float
    slots: tuple[str, ...]
    wordings: tuple[Wording, ...]
    asks: str | None = None

    @property
    def name(self) -> str:
        """Domain and intent, as one word."""
        return f"{self.domain}/{self.intent}"


W = Wording

ACTS: tuple[Act, ...] = (
    Act(
        "music",
        "play_artist",
        28,
        ("artist",),
        (
            W("play {artist}", 12),
            W("play some {artist}", 4),
            W("put on {artist}", 3),
            W("i want to hear {artist}", 2),
            W("play songs by {artist}", 2),
            W("throw on some {artist}", 1.5, "empty"),
            W("let me have a bit of {artist}", 0.8, "empty"),
            W("spin some {artist}", 0.6, "empty"),
        ),
    ),
    Act(
        "music",
        "play_song",
        10,
        ("song",),
        (
            W("play {song}", 7),
            W("play the song {song}", 2),
            W("put on {song}", 1.5),
            W("i wanna listen to {song}", 1.5, "empty"),
            W("start up {song}", 0.7, "empty"),
        ),
    ),
    Act(
        "music",
        "play_genre",
        7,
        ("genre",),
        (
            W("play {genre}", 5),
            W("play some {genre}", 4),
            W("play {genre} music", 1.2),
            W("give me some {genre}", 1.5, "empty"),
        ),
    ),
    Act(
        "music",
        "stop",
        8,
        (),
        (
            W("stop", 8),
            W("stop the music", 4),
            W("turn off the music", 2),
            W("cut the music", 1.4, "empty"),
            W("kill the sound", 0.8, "lights/turn_off"),
        ),
    ),
    Act(
        "music",
        "skip",
        6,
        (),
        (
            W("next", 4),
            W("next song", 4),
            W("skip this song", 3),
            W("i don't like this one", 1.5, "empty"),
            W("not this again", 0.8, "empty"),
        ),
    ),
    Act(
        "volume",
        "set",
        6,
        ("volume",),
        (
            W("volume {volume}", 5),
            W("set the volume to {volume}", 4),
            W("turn the volume to {volume}", 2),
            W("make it a {volume} for loudness", 0.8, "empty"),
        ),
    ),
    Act(
        "volume",
        "up",
        5,
        (),
        (
            W("turn it up", 6),
            W("volume up", 4),
            W("louder", 2),
            W("i can't hear it", 1.6, "empty"),
            W("crank it", 1.2, "empty"),
        ),
    ),
    Act(
        "lights",
        "turn_on",
        14,
        ("room",),
        (
            W("turn on the {room} lights", 9),
            W("turn on the lights in the {room}", 4),
            W("turn on the lamp in the {room}", 2.5),
            W("{room} lights on", 2),
            W("light up the {room}", 1.6, "empty"),
            W("make it bright in the {room}", 0.8, "empty"),
            W("turn on the lights", 5),
            W("lights on", 2),
        ),
        asks="room",
    ),
    Act(
        "lights",
        "turn_off",
        13,
        ("room",),
        (
            W("turn off the {room} lights", 9),
            W("turn off the lights in the {room}", 4),
            W("turn off the lamp in the {room}", 2),
            W("{room} lights off", 2),
            W("kill the lights in the {room}", 2, "empty"),
            W("shut the {room} lights", 1.2, "heating/turn_off"),
            W("turn off the lights", 5),
        ),
        asks="room",
    ),
    Act(
        "lights",
        "dim",
        4,
        ("room", "level"),
        (
            W("dim the {room} lights to {level}", 5),
            W("set the {room} lights to {level}", 4),
            W("bring the {room} down to {level}", 1.4, "heating/set"),
        ),
    ),
    Act(
        "lights",
        "colour",
        3,
        ("room", "colour"),
        (
            W("make the {room} lights {colour}", 4),
            W("set the {room} lights to {colour}", 3),
            W("paint the {room} {colour}", 1, "empty"),
        ),
    ),
    Act(
        "timer",
        "set",
        13,
        ("duration",),
        (
            W("set a timer for {duration}", 10),
            W("set a {duration} timer", 4),
            W("timer for {duration}", 3),
            W("count down {duration}", 1.4, "empty"),
            W("tell me when {duration} are up", 1, "empty"),
            W("set a timer", 4),
        ),
        asks="duration",
    ),
    Act(
        "timer",
        "left",
        4,
        (),
        (
            W("how much time is left on the timer", 4),
            W("how long on my timer", 2),
            W("what's left on the timer", 1.5),
            W("is it done yet", 1.3, "empty"),
        ),
    ),
    Act(
        "alarm",
        "set",
        7,
        ("time",),
        (
            W("set an alarm for {time}", 7),
            W("wake me up at {time}", 4),
            W("alarm at {time}", 1.5),
            W("get me up at {time}", 1.3, "empty"),
            W("set an alarm", 2.5),
        ),
        asks="time",
    ),
    Act(
        "weather",
        "day",
        10,
        ("day",),
        (
            W("what's the weather {day}", 8),
            W("weather {day}", 3),
            W("what will the weather be {day}", 2),
            W("will it rain {day}", 2),
            W("do i need a coat {day}", 1.6, "empty"),
            W("what's it like out {day}", 1.2, "empty"),
        ),
    ),
    Act(
        "weather",
        "place",
        4,
        ("place",),
        (
            W("what's the weather in {place}", 6),
            W("weather in {place}", 3),
            W("how's the sky over {place}", 0.8, "empty"),
        ),
    ),
    Act(
        "shopping",
        "add",
        14,
        ("item",),
        (
            W("add {item} to the shopping list", 7),
            W("add {item} to my shopping list", 5),
            W("put {item} on the shopping list", 3),
            W("add {item} to my list", 2),
            W("we're out of {item}", 1.8, "empty"),
            W("we need {item}", 1.6, "empty"),
            W("add something to my shopping list", 2),
        ),
        asks="item",
    ),
    Act(
        "shopping",
        "read",
        4,
        (),
        (
            W("what's on my shopping list", 5),
            W("read my shopping list", 3),
            W("what do we need from the store", 1.5, "empty"),
        ),
    ),
    Act(
        "calls",
        "call",
        8,
        ("contact",),
        (
            W("call {contact}", 9),
            W("phone {contact}", 2),
            W("make a call to {contact}", 1),
            W("get {contact} on the line", 1.2, "empty"),
            W("ring {contact}", 1.2, "music/play_song"),
        ),
    ),
    Act(
        "heating",
        "set",
        5,
        ("degrees",),
        (
            W("set the thermostat to {degrees}", 6),
            W("set the temperature to {degrees}", 4),
            W("make it {degrees} in here", 1.6, "empty"),
        ),
    ),
    Act(
        "heating",
        "turn_off",
        2,
        (),
        (
            W("turn off the heating", 4),
            W("turn the heat off", 2),
            W("stop cooking me", 0.4, "empty"),
        ),
    ),
    Act(
        "locks",
        "lock",
        3,
        ("door",),
        (W("lock the {door}", 7), W("secure the {door}", 1.2, "empty")),
    ),
)
