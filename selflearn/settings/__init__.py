"""Settings: from a TOML file, the environment and flags; checked at the start, and a wrong key is an error."""

from selflearn.settings.access import AccessSettings
from selflearn.settings.api import ApiSettings
from selflearn.settings.decisions import DecisionSettings
from selflearn.settings.loading import load_settings, names_of
from selflearn.settings.logs import LogSettings
from selflearn.settings.outcome import OutcomeSettings
from selflearn.settings.privacy import PrivacySettings
from selflearn.settings.retention import RetentionSettings
from selflearn.settings.rewriting import RewritingSettings
from selflearn.settings.section import Section
from selflearn.settings.settings import Settings
from selflearn.settings.store import StoreSettings
from selflearn.settings.table import TableSettings
from selflearn.settings.telemetry import TelemetrySettings

__all__ = [
    "AccessSettings",
    "ApiSettings",
    "DecisionSettings",
    "LogSettings",
    "OutcomeSettings",
    "PrivacySettings",
    "RetentionSettings",
    "RewritingSettings",
    "Section",
    "Settings",
    "StoreSettings",
    "TableSettings",
    "TelemetrySettings",
    "load_settings",
    "names_of",
]
