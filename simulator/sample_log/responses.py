"""What the assistant says and does about what it understood."""

from datetime import datetime

from streams.records import Interpretation, Response, ResponseStatus

__all__ = ["PROMPTS", "respond"]

#: Slot to the question for it.
PROMPTS: dict[str, str] = {
    "room": "Which room?",
    "duration": "For how long?",
    "time": "For what time?",
    "item": "What should I add?",
}

_DONE: dict[str, str] = {
    "music/play_artist": "Playing {artist}.",
    "music/play_song": "Playing {song}.",
    "music/play_genre": "Here is some {genre}.",
    "music/stop": "Stopped.",
    "music/skip": "Next one.",
    "volume/set": "Volume {volume}.",
    "volume/up": "Louder.",
    "lights/turn_on": "{room} lights on.",
    "lights/turn_off": "{room} lights off.",
    "lights/dim": "{room} at {level}.",
    "lights/colour": "{room} lights {colour}.",
    "timer/set": "{duration}, starting now.",
    "timer/left": "Some minutes are left.",
    "alarm/set": "Alarm set for {time}.",
    "weather/day": "Mild with some clouds {day}.",
    "weather/place": "It is mild in {place}.",
    "shopping/add": "I added {item}.",
    "shopping/read": "You have a few things on your list.",
    "calls/call": "Calling {contact}.",
    "heating/set": "Heating to {degrees}.",
    "heating/turn_off": "Heating off.",
    "locks/lock": "The {door} is locked.",
    "chat/thank": "You're welcome.",
    "chat/deny": "Sorry about that.",
    "chat/cancel": "Okay.",
    "chat/unsupported": "I can't do that yet.",
}


def respond(
    meaning: Interpretation, *, resolved: bool, asks: str | None, failing: bool, ended: datetime
) -> Response:
    """Answer what was understood, as if it were right.

    Parameters
    ----------
    meaning
        What was understood.
    resolved
        Whether every value in it is known.
    asks
        The slot that is still missing, if one is.
    failing
        Whether a service behind the assistant is down.
    ended
        When the answer had been spoken.
    """
    if asks is not None and meaning.is_empty:
        text, status = f"Sorry, I didn't get that. {PROMPTS[asks]}", ResponseStatus.NOT_UNDERSTOOD
    elif meaning.is_empty:
        text, status = "Sorry, I didn't get that.", ResponseStatus.NOT_UNDERSTOOD
    elif asks is not None:
        text, status = PROMPTS[asks], ResponseStatus.OK
    elif not resolved and meaning.domain == "chat":
        text, status = _DONE["chat/unsupported"], ResponseStatus.NO_RESULT
    elif not resolved:
        wanted = ", ".join(slot.value for slot in meaning.slots)
        text, status = f"I couldn't find {wanted}.", ResponseStatus.NO_RESULT
    elif failing:
        text, status = "Something went wrong. Try again later.", ResponseStatus.ERROR
    else:
        text, status = _done(meaning), ResponseStatus.OK
    acted = status is ResponseStatus.OK and asks is None and meaning.domain != "chat"
    return Response(
        text=text,
        status=status,
        action=f"{meaning.domain}.{meaning.intent}" if acted else None,
        asked=asks,
        ended=ended,
    )


def _done(meaning: Interpretation) -> str:
    if meaning.intent == "answer":
        return f"{meaning.slots[0].value.capitalize()}, done."
    values = {slot.name: slot.value for slot in meaning.slots}
    text = _DONE[f"{meaning.domain}/{meaning.intent}"]
    try:
        said = text.format(**values)
    except KeyError:  # understood without the value: the assistant does what it takes for the usual
        said = "Okay."
    return said[0].upper() + said[1:]
