"""A world file with a mistake is refused, with the line and the reason."""

import pytest

from simulator.errors import BadWorld, WorldNotFound
from simulator.world import load_world

GOOD = """\
name = "tiny"

[people]
notices = 0.9
gap = [3.0, 0.8]

[homes]
devices = [
  { name = "speaker" },
  { name = "light", listens = false },
]

[assistant]
overheard = ["and now the news"]

[ambient.music_playing]
sensor = "level"
hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5]

[slots.artist]
items = ["odell park", "june calloway"]

[slots.song]
tail = 0.9
items = [
  { name = "paper lanterns", of = { artist = "odell park" } },
  { name = "carousel", of = { artist = "june calloway" }, available = false },
]

[slots.room]
items = ["kitchen", "study"]

[slots.venue]
items = [{ name = "the copper pot", of = { area = "north" } }]

[slots.area]
items = ["north", "south"]

[[intents]]
name = "music/play"
kind = "play"
slots = ["song"]
optional = { artist = 0.25 }
starts = "music_playing"
answers = ["Playing {song}."]
wordings = [
  { say = "play {song} [by {artist}]", weight = 5 },
  "put {song} on",
]

[[intents]]
name = "music/stop"
stops = "music_playing"
wordings = ["stop"]

[[intents]]
name = "lights/on"
slots = ["room"]
asks = ["room"]
prompts = { room = "Where?" }
needs_device = "light"
wordings = ["lights on [in the {room}]"]

[[intents]]
name = "here/off"
means_by_state = { music_playing = "music/stop" }
wordings = ["off"]

[[intents]]
name = "food/find"
kind = "search"
searches = "venue"
optional = { area = 0.5 }
answers = ["{name} is in the {area}."]
wordings = ["food [in the {area}]"]

[[intents]]
name = "food/area"
kind = "tell"
tells = ["area"]
wordings = ["where is it"]

[[intents]]
name = "beyond/flight"
kind = "unsupported"
wordings = ["book a flight"]

[[habits]]
intent = "lights/on"
after = "music/play"
values = { room = "study" }

[[drift]]
day = 9
kind = "item"
slot = "song"
about = "carousel"

[[drift]]
day = 10
kind = "slang"
about = "put {song} on"
share = 0.2

[[drift]]
day = 11
kind = "rare"
about = "music/stop"
"""

#: What is written instead of what, and what is said of it.
MISTAKES = [
    # The three that the issue names.
    ("weight = 5", "waight = 5", r"unknown key 'waight' \(did you mean 'weight'\?\)"),
    ('wordings = ["stop"]', "wordings = []", "intent 'music/stop' has no wording"),
    ("notices = 0.9", "notices = 1.2", "people.notices = 1.2: should be less than or equal to 1"),
    # Typos of keys, at every depth.
    ("[people]", "[peaple]", "unknown key 'peaple'.*'people'"),
    ("notices = 0.9", "notises = 0.9", "unknown key 'notises'.*'notices'"),
    ("tail = 0.9", "tale = 0.9", "unknown key 'tale'.*'tail'"),
    ("available = false", "availible = false", "unknown key 'availible'.*'available'"),
    ("listens = false", "listen = false", "unknown key 'listen'.*'listens'"),
    ("sensor =", "senser =", "unknown key 'senser'.*'sensor'"),
    ("day = 10", "dey = 10", "unknown key 'dey'.*'day'"),
    # Values out of their bounds, or of another type.
    ("artist = 0.25", "artist = 1.25", "artist = 1.25: should be less than or equal to 1"),
    ("share = 0.2", "share = -0.2", "share = -0.2: should be greater than or equal to 0"),
    ("weight = 5", 'weight = "often"', "should be a valid number"),
    ('kind = "play"', 'kind = "plays"', "kind = 'plays': should be 'do', 'play'"),
    ('name = "music/play"', 'name = "playmusic"', "name = 'playmusic': should"),
    ("0.5]", "1.5]", "1.5 is above 1"),
    ("0, 0.5]", "0.5]", "23 instead of 24"),
    # Names of what is not there.
    ('slots = ["song"]', 'slots = ["sing"]', r"has the slot 'sing', of no known type \(did you mean 'song'"),
    ("put {song} on", "put {sing} on", "'sing' is none of its slots.*'song'"),
    ('starts = "music_playing"', 'starts = "music_plays"', "ambient state 'music_plays', unknown"),
    ('music_playing = "music/stop"', 'music_playing = "music/stap"', "may mean 'music/stap', unknown"),
    ('needs_device = "light"', 'needs_device = "lamp"', "needs the device 'lamp', which no home has"),
    ('searches = "venue"', 'searches = "menu"', "searches 'menu', of no known type"),
    ('tells = ["area"]', 'tells = ["phone"]', "tells 'phone', which no item has"),
    ('asks = ["room"]', 'asks = ["rome"]', "asks for 'rome', which is none of its slots"),
    ("Playing {song}.", "Playing {album}.", "but has no 'album'"),
    ('intent = "lights/on"', 'intent = "light/on"', "the intent 'light/on' is unknown.*'lights/on'"),
    ('room = "study"', 'room = "studio"', "no room is called 'studio'.*'study'"),
    ('about = "carousel"', 'about = "carousell"', "no song is called 'carousell'"),
    ('slot = "song"', 'slot = "sang"', "an item needs the `slot`"),
    ('about = "put {song} on"', 'about = "bump {song}"', "drift: 'bump {song}' is unknown"),
    ('about = "music/stop"', 'about = "music/stap"', "drift: 'music/stap' is unknown"),
    ('artist = "june calloway"', 'artist = "june callaway"', "is of the artist 'june callaway', unknown"),
    # What cannot be said or done.
    ("[by {artist}]", "[by {artist}", "']' is missing"),
    ('"kitchen"', '"Kitchen"', "not as ASR writes"),
    ("and now the news", "and now: the news", "not as ASR writes"),
    ("put {song} on", "put it on", "'song' is not in it, and nobody asks for it"),
    ('prompts = { room = "Where?" }', "", "asks for 'room', but has no prompt"),
    ('kind = "search"', 'kind = "do"', "'search' or has `searches`, but not both"),
    (" [by {artist}]", "", "has the slot 'artist', but no wording says it"),
    ('name = "music/stop"', 'name = "lights/on"', "'lights/on' is there 2 times"),
    ('{ name = "carousel", of = { artist = "june calloway" }, available = false }',
     '{ name = "paper lanterns", of = { artist = "odell park" } }', "is there twice"),
    ('after = "music/play"', "", "give either `hour` or `after`"),
    ('about = "carousel"', "", "drift: item needs `about`"),
    # What is no world at all.
    ('name = "tiny"', 'name = "tiny', "not TOML"),
    ('name = "tiny"', 'extends = "mansion"', "extends 'mansion'; there are: household"),
    ('name = "tiny"', 'nome = "tiny"', "unknown key 'nome'"),
    ('name = "tiny"', 'name = "tiny"\ntake = { items = 3 }', "there is no `extends`"),
    ('kind = "rare"\n', "", "kind is missing"),
]  # fmt: skip

#: Mistakes that are told somewhere else than where the file was changed: what was written instead, and where.
ELSEWHERE = {
    (" [by {artist}]", ""): "optional = { artist",
    ('prompts = { room = "Where?" }', ""): 'asks = ["room"]',
    ('name = "music/stop"', 'name = "lights/on"'): 'name = "lights/on"',
    ('after = "music/play"', ""): "[[habits]]",
    ('about = "carousel"', ""): "[[drift]]",
    ('kind = "rare"\n', ""): "[[drift]]\nday = 11",
}


def _line_of(text, what):
    return text[: text.index(what)].count("\n") + 1


def test_the_good_one_is_good(tmp_path):
    (tmp_path / "w.toml").write_text(GOOD)
    assert load_world(tmp_path / "w.toml").file.name == "tiny"


@pytest.mark.parametrize(("what", "instead", "why"), MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path, what, instead, why):
    assert GOOD.count(what) >= 1
    wrong = GOOD.replace(what, instead, 1)
    path = tmp_path / "w.toml"
    path.write_text(wrong)
    with pytest.raises(BadWorld, match=why) as caught:
        load_world(path)
    expected = _line_of(GOOD, ELSEWHERE.get((what, instead), what)) + ("take" in instead)
    assert caught.value.line == expected
    assert str(caught.value).startswith(f"{path}:{expected}: ")
    assert caught.value.path == path


def test_several_mistakes_are_counted_and_the_first_is_told(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(GOOD.replace("notices", "notises").replace("tail", "tale"))
    with pytest.raises(BadWorld, match=r"notises.*\(and 1 more\)"):
        load_world(path)


def test_a_world_that_extends_is_told_its_own_lines(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(
        'name = "other"\nextends = "household"\n\n[[intents]]\nname = "here/new"\nwordings = ["new"]\n\n'
        '[[intents]]\nname = "lights/on"\nslots = ["rume"]\nwordings = ["on {rume}"]\n'
    )
    with pytest.raises(BadWorld, match="'rume', of no known type") as caught:
        load_world(path)
    assert caught.value.line == 10


def test_an_intent_that_is_not_there_cannot_be_taken(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text('name = "other"\nextends = "household"\n\n[take]\nintents = [\n  "lights/no",\n]\n')
    with pytest.raises(BadWorld, match=r"'household' has no intent 'lights/no'.*'lights/on'") as caught:
        load_world(path)
    assert caught.value.line == 6


def test_what_is_not_text_is_refused(tmp_path):
    path = tmp_path / "w.toml"
    path.write_bytes(b'name = "a"\nabout = "\xff"\n')
    with pytest.raises(BadWorld, match="not UTF-8") as caught:
        load_world(path)
    assert caught.value.line == 2


def test_what_cannot_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "w.toml"
    path.write_text(GOOD)

    def locked(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_text", locked)
    with pytest.raises(BadWorld, match="cannot be read: Permission denied"):
        load_world(path)


def test_a_world_that_is_not_there(tmp_path):
    with pytest.raises(WorldNotFound, match="household"):
        load_world(tmp_path / "none.toml")
