"""A world of some people and few words, for tests."""

from pathlib import Path

from simulator.world import World, load_world

WORLD = """
format = 1
name = "hut"
customers = 14
days = 6

[people]
sessions_a_day = 4
leave_out = 0.4
rates = 0.2
comes_back = 0.5
asks_for_more = 0.3
changes_mind = 0.2

[homes]
people = [1, 2]
utc_offsets = [0, -300]
devices = [
  { name = "speaker", share = 3, rooms = ["kitchen", "hall"] },
  { name = "phone", share = 1, screen = true },
  { name = "lamp", listens = false },
]

[assistant]
channel = "far_field"
wakes_falsely = 0.1
overheard = ["and then she left"]
examples = 40
errors = 0.05

[ambient.music]
sensor = "level"
minutes = 30

[ambient.guests]
hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0]

[slots.song]
items = [
  { name = "red river", of = { artist = "the foxes" }, also = ["river"] },
  { name = "dead river", of = { artist = "ann lee" } },
  { name = "green fields", of = { artist = "ann lee" } },
  { name = "late snow", of = { artist = "the foxes" }, from_day = 2 },
]

[slots.artist]
items = ["the foxes", "ann lee"]

[slots.room]
items = ["kitchen", "hall", "attic"]

[[intents]]
name = "music/play"
kind = "play"
slots = ["song"]
optional = { artist = 0.3 }
starts = "music"
answers = ["playing {song}"]
share = 4
wordings = ["play {song}", "play {song} by {artist}", "put {song} on", "i want to hear {song}", "spin {song}"]

[[intents]]
name = "music/stop"
stops = "music"
answers = ["stopped"]
wordings = ["stop the music", "turn off the music"]

[[intents]]
name = "lights/on"
slots = ["room"]
asks = ["room"]
prompts = { room = "in which room" }
answers = ["the {room} lights are on"]
share = 3
wordings = ["turn on the {room} lights", "turn on the lights", "lights on in the {room}", "light up the {room}"]

[[intents]]
name = "volume/up"
answers = ["louder"]
wordings = ["louder", "volume up", "turn it up"]

[[intents]]
name = "any/stop"
means_by_state = { music = "music/stop" }
answers = ["nothing to stop"]
wordings = ["stop it", "enough"]

[[intents]]
name = "chat/thank"
kind = "chat"
wordings = ["thank you", "thanks"]

[[intents]]
name = "chat/deny"
kind = "chat"
wordings = ["no", "no not that"]

[[intents]]
name = "chat/cancel"
kind = "chat"
wordings = ["never mind"]

[[intents]]
name = "beyond/pizza"
kind = "unsupported"
wordings = ["order a pizza"]

[[habits]]
intent = "lights/on"
people = 0.5
hour = 7
probability = 0.9

[[habits]]
intent = "volume/up"
people = 0.5
after = "music/play"
probability = 0.5

[[drift]]
day = 3
kind = "microphone"
share = 0.2
noise = 3.0
"""


def written_world(folder: Path) -> Path:
    path = folder / "hut.toml"
    path.write_text(WORLD)
    return path


def small_world(folder: Path) -> World:
    return load_world(written_world(folder))
