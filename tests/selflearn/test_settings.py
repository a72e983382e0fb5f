"""Settings come from three places, and a wrong key in any of them is an error."""

from datetime import timedelta
from pathlib import Path

import pytest

from selflearn.errors import SettingsError
from selflearn.settings import Settings, load_settings, names_of


@pytest.fixture(autouse=True)
def _nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SELFLEARN_SETTINGS", raising=False)


def test_nothing_given_is_complete():
    settings = load_settings()
    assert settings.sessions.gap == timedelta(seconds=45)
    assert settings.mining.min_customers == 5
    assert settings.table_folder == Path("selflearn-data/table")


def test_flags_win_over_environment_over_file(tmp_path, monkeypatch):
    Path("selflearn.toml").write_text("[sessions]\ngap = 10\nidle = 20\n[api]\nport = 1\n")
    monkeypatch.setenv("SELFLEARN_SESSIONS__IDLE", "30")
    monkeypatch.setenv("SELFLEARN_API__PORT", "2")
    settings = load_settings(overrides=["api.port=3"])
    assert settings.sessions.gap == timedelta(seconds=10)
    assert settings.sessions.idle == timedelta(seconds=30)
    assert settings.api.port == 3


def test_the_file_may_be_named(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text('data_folder = "elsewhere"\n')
    assert load_settings(tmp_path / "mine.toml").data_folder == Path("elsewhere")
    monkeypatch.setenv("SELFLEARN_SETTINGS", str(tmp_path / "mine.toml"))
    assert load_settings().archive_folder == Path("elsewhere/archive")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[sessions]\ngpa = 3", r"sessions\.gpa is not a setting; did you mean sessions\.gap\?"),
        ("[sesions]\ngap = 3", r"sesions is not a setting; did you mean sessions\?"),
        ("data_foldre = 3", "did you mean data_folder"),
        ("[sessions]\ngap = 'soon'", r"sessions\.gap"),
        ("sessions = 3", "sessions"),
        ("[kafka.security]\nsasl = 'x'", "security"),
        ("sessions = [", "cannot read the settings file"),
    ],
)
def test_what_is_wrong_in_the_file(content, message):
    Path("selflearn.toml").write_text(content)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_all_wrong_keys_are_named_at_once(monkeypatch):
    Path("selflearn.toml").write_text("[sessions]\ngpa = 3\n[mining]\nmin_custmers = 2")
    monkeypatch.setenv("SELFLEARN_API__PROT", "80")
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides=["table.keeep=3"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "min_customers" in lines[1]
    assert "SELFLEARN_API__PROT" in lines[2]
    assert "SELFLEARN_API__PORT" in lines[2]
    assert "table.keep" in lines[3]


def test_a_wrong_variable_is_an_error_and_a_documented_other_one_is_not(monkeypatch):
    monkeypatch.setenv("SELFLEARN_DATA", "/corpora")
    monkeypatch.setenv("SELFLEARN_KAFKA", "/usr/bin/broker")
    load_settings()
    monkeypatch.setenv("SELFLEARN_SESSIONS", '{"gap": 3}')
    with pytest.raises(SettingsError, match="SELFLEARN_SESSIONS is not a setting"):
        load_settings()
    monkeypatch.delenv("SELFLEARN_SESSIONS")
    monkeypatch.setenv("SELFLEARN_DATAFOLDER", "x")
    with pytest.raises(SettingsError, match="did you mean SELFLEARN_DATA_FOLDER"):
        load_settings()


def test_a_password_may_come_from_the_environment_and_is_not_shown(monkeypatch):
    monkeypatch.setenv("SELFLEARN_KAFKA__SECURITY__SASL_PLAIN_PASSWORD", "hush")
    settings = load_settings()
    assert settings.kafka.security == {"sasl_plain_password": "hush"}
    assert "hush" not in repr(settings)
    monkeypatch.setenv("SELFLEARN_KAFKA__SECURITY__PASSWORD", "hush")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("flag", ["api.port", "=3", "data_folder.x=1", "api.port.x=3"])
def test_flags_that_say_nothing(flag):
    with pytest.raises(SettingsError):
        load_settings(overrides=["api.port=3", flag])


def test_values_of_flags_are_as_in_toml_or_bare():
    given = [
        'mining.never_rewritten=["pay"]',
        "data_folder=some/where",
        "sessions.scope=home",
        "sessions.gap=PT1M",
    ]
    settings = load_settings(overrides=given)
    assert settings.mining.never_rewritten == {"pay"}
    assert settings.data_folder == Path("some/where")
    assert settings.sessions.gap == timedelta(minutes=1)


def test_a_missing_file():
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(Path("gone.toml"))


def test_settings_do_not_change_after_they_were_read():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().data_folder = Path("x")


def test_every_setting_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    missing = [name for name in names_of(Settings) if f"`{name}`" not in text]
    assert not missing
