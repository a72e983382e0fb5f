"""All settings of the product, section by section."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rewrite_offline.settings import MiningSettings
from selflearn.settings.access import AccessSettings
from selflearn.settings.api import ApiSettings
from selflearn.settings.decisions import DecisionSettings
from selflearn.settings.ingest import IngestSettings
from selflearn.settings.logs import LogSettings
from selflearn.settings.outcome import OutcomeSettings
from selflearn.settings.privacy import PrivacySettings
from selflearn.settings.rephrase import RephraseDetection
from selflearn.settings.retention import RetentionSettings
from selflearn.settings.rewriting import RewritingSettings
from selflearn.settings.store import StoreSettings
from selflearn.settings.table import TableSettings
from selflearn.settings.telemetry import TelemetrySettings
from streams.kafka.settings import KafkaSettings
from streams.sessions.settings import SessionSettings

__all__ = ["NESTED", "PREFIX", "Settings"]

PREFIX = "SELFLEARN_"
NESTED = "__"


class Settings(BaseSettings):
    """All settings of the product. Flags win over the environment, the environment over the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
    )

    data_folder: Path = Field(
        default=Path("selflearn-data"), description="Archive, table, dead letters and decisions live here."
    )
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    sessions: SessionSettings = Field(default_factory=SessionSettings)
    outcome: OutcomeSettings = Field(default_factory=OutcomeSettings)
    rephrase: RephraseDetection = Field(default_factory=RephraseDetection)
    mining: MiningSettings = Field(default_factory=MiningSettings)
    table: TableSettings = Field(default_factory=TableSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    decisions: DecisionSettings = Field(default_factory=DecisionSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    access: AccessSettings = Field(default_factory=AccessSettings)
    rewriting: RewritingSettings = Field(default_factory=RewritingSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    logs: LogSettings = Field(default_factory=LogSettings)
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)

    @property
    def archive_folder(self) -> Path:
        """Turns and signals in Parquet."""
        return self.data_folder / "archive"

    @property
    def table_folder(self) -> Path:
        """The rewrite table with its versions."""
        return self.data_folder / "table"

    @property
    def dead_letter_folder(self) -> Path:
        """What could not be ingested, with the reason."""
        return self.data_folder / "dead-letters"

    @property
    def decision_folder(self) -> Path:
        """What was answered, and why."""
        return self.data_folder / "decisions"

    @property
    def detection_folder(self) -> Path:
        """What detectors of rephrases found in the archive."""
        return self.data_folder / "detections"

    @property
    def state_folder(self) -> Path:
        """How far sources were read, and locks."""
        return self.data_folder / "state"
