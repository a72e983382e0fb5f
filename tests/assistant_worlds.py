"""Two small worlds to try an assistant in, and what is said in them."""

from streams.records import AsrHypothesis, Interpretation, Slot

HOME = """
format = 1
name = "try-home"

[homes]
devices = [{ name = "speaker" }, { name = "light" }, { name = "oven" }]

[assistant]
seed = 1
channel = "far_field"
seen = 1.0
seen_items = 1.0
errors = 0.0
wrong_version = 0.0
mispronounces = 0.0

[ambient.timer_rings]
[ambient.plays]

[slots.song]
items = [
  { name = "paper lanterns", of = { artist = "june calloway" }, versions = ["paper lanterns live"] },
  { name = "harbor lights", of = { artist = "the tin robins" } },
  { name = "harbor lights", of = { artist = "june calloway" } },
  { name = "copper moon", of = { artist = "the tin robins" }, available = false },
  { name = "slow train home", of = { artist = "mara voss" } },
]
[slots.artist]
items = ["the tin robins", "june calloway", "mara voss"]
[slots.room]
items = [{ name = "living room", also = ["lounge"] }, "kitchen", "bedroom", "hallway"]
[slots.duration]
resolved = false
items = ["ten minutes", "five minutes", "an hour"]

[[intents]]
name = "music/play_song"
kind = "play"
slots = ["song"]
optional = { artist = 0.3 }
starts = "plays"
answers = ["Playing {song}."]
wordings = ["play [the song] {song}", "play {song} by {artist}", "(put on|start) {song}"]

[[intents]]
name = "music/play_artist"
kind = "play"
slots = ["artist"]
starts = "plays"
wordings = ["play (some|songs by|music by) {artist}", "i want to hear {artist}"]

[[intents]]
name = "music/stop"
stops = "plays"
answers = ["Stopped."]
wordings = ["stop the music", "(turn off|kill) the music"]

[[intents]]
name = "timer/stop"
stops = "timer_rings"
answers = ["The timer is off."]
wordings = ["stop the timer", "turn off the timer"]

[[intents]]
name = "here/stop"
answers = ["There is nothing to stop."]
means_by_state = { timer_rings = "timer/stop", plays = "music/stop" }
wordings = ["stop", "stop it", "that's enough"]

[[intents]]
name = "lights/on"
slots = ["room"]
asks = ["room"]
prompts = { room = "In which room?" }
needs_device = "light"
answers = ["The {room} lights are on."]
wordings = ["(turn|switch) on the {room} lights", "turn on the lights", "lights on in the {room}"]

[[intents]]
name = "lights/off"
slots = ["room"]
asks = ["room"]
prompts = { room = "In which room?" }
needs_device = "light"
wordings = ["(turn|switch) off the {room} lights", "turn off the lights", "lights off in the {room}"]

[[intents]]
name = "oven/on"
needs_device = "oven"
wordings = ["preheat the oven", "turn on the oven"]

[[intents]]
name = "timer/set"
slots = ["duration"]
asks = ["duration"]
prompts = { duration = "For how long?" }
wordings = ["set a timer for {duration}", "set a timer", "count down {duration}"]

[[intents]]
name = "chat/thank"
kind = "chat"
wordings = ["thank you", "thanks a lot"]

[[intents]]
name = "chat/cancel"
kind = "chat"
wordings = ["never mind", "forget it"]

[[intents]]
name = "beyond/taxi"
kind = "unsupported"
wordings = ["book me a taxi", "get me a cab"]
"""

LINE = """
format = 1
name = "try-line"
line = true

[homes]
devices = [{ name = "telephone" }]

[assistant]
seed = 1
opens = "Good day. Which place shall it be?"
channel = "telephone"
seen = 1.0
seen_items = 1.0
errors = 0.0
mispronounces = 0.0

[slots.food]
items = ["indian", "italian", "thai", { name = "any", also = ["i don't care"] }]
[slots.area]
items = ["north", "south", "east", { name = "any", also = ["anywhere"] }]
[slots.venue]
items = [
  { name = "the linden house", of = { food = "indian", area = "north", phone = "one two three" } },
  { name = "corner counter", of = { food = "indian", area = "north", phone = "four five six" } },
  { name = "golden table", of = { food = "italian", area = "south", phone = "seven eight" } },
  { name = "blue door", of = { food = "italian", area = "north", phone = "nine" } },
  { name = "quiet feather", of = { food = "indian", area = "south", phone = "ten" } },
]

[[intents]]
name = "place/find"
kind = "search"
searches = "venue"
optional = { food = 0.7, area = 0.7 }
asks = ["area", "food"]
prompts = { area = "Which side of town?", food = "What would you like to eat?" }
answers = ["{venue} serves {food} food."]
wordings = [
  "[i want] {food} food", "{food}", "{area}", "in the {area}", "{food} food in the {area}",
  "a {food} (place|restaurant) in the {area}", "find me a restaurant",
]

[[intents]]
name = "place/another"
kind = "search"
searches = "venue"
wordings = ["anything else", "another one please", "what else is there"]

[[intents]]
name = "place/phone"
kind = "tell"
tells = ["phone"]
answers = ["The number of {name} is {phone}."]
wordings = ["[the] phone number", "what is the phone number"]

[[intents]]
name = "chat/thanks"
kind = "chat"
wordings = ["thank you", "thanks"]

[[intents]]
name = "chat/affirm"
kind = "chat"
wordings = ["yes", "right"]

[[intents]]
name = "chat/deny"
kind = "chat"
wordings = ["no", "not that"]
"""


def meaning(name, **values):
    """The interpretation of an intent with values."""
    if name is None:
        return Interpretation()
    domain, _, intent = name.partition("/")
    slots = tuple(Slot(name=slot, value=value) for slot, value in values.items())
    return Interpretation(domain=domain, intent=intent, slots=slots)


def heard(*texts):
    """An n-best list of these texts."""
    return tuple(AsrHypothesis(text=text, score=-float(place)) for place, text in enumerate(texts))
