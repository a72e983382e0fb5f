"""The filter that the settings ask for."""

from selflearn.errors import SettingsError
from selflearn.settings.privacy import PrivacySettings
from streams.errors import FinderMissing
from streams.privacy import PatternFinder, PresidioFinder, RecordFilter

__all__ = ["record_filter"]


def record_filter(settings: PrivacySettings) -> RecordFilter | None:
    """Return what takes personal things out of records; None where `privacy.filter` is off.

    Raises
    ------
    SettingsError
        `privacy.filter` is presidio, and the extra or the language model is not installed.
    """
    match settings.filter:
        case "off":
            return None
        case "presidio":
            try:
                return RecordFilter(PresidioFinder(settings.model, settings.language))
            except FinderMissing as error:
                raise SettingsError(f"privacy.filter is presidio, but {error}") from error
        case "patterns":
            return RecordFilter(PatternFinder())
