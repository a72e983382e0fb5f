"""All switches at one moment, put so that a request asks few questions."""

from collections.abc import Iterable

from selflearn.policy.switch import Switch, SwitchKind
from selflearn.settings import RewritingSettings
from streams.text import normalise

__all__ = ["Board", "TenantBoard"]


class TenantBoard:
    """The switches that hold for one tenant: its own, and those for all.

    Attributes
    ----------
    off
        Rewriting is off altogether.
    sources
        (Request, asked) → off; asked None: whatever had been asked.
    entries
        rewrite_id → off.
    never
        Intent → never rewritten.
    dry_run
        Nothing is applied.
    hold_back
        The switch whose share counts: the tenant's own, else the one for all, else the settings'.
    asks_before, asks_after
        Whether there is anything to ask before, and after, the lookup.
    """

    __slots__ = ("asks_after", "asks_before", "dry_run", "entries", "hold_back", "never", "off", "sources")

    def __init__(self, switches: Iterable[Switch]) -> None:
        self.off: Switch | None = None
        self.sources: dict[tuple[str, str | None], Switch] = {}
        self.entries: dict[str, Switch] = {}
        self.never: dict[str, Switch] = {}
        self.dry_run: Switch | None = None
        self.hold_back: Switch | None = None
        for switch in switches:
            self._add(switch)
        self.asks_before = self.off is not None or bool(self.sources or self.never)
        self.asks_after = bool(self.entries or self.never or self.dry_run or self.hold_back)

    def _add(self, switch: Switch) -> None:
        match switch.kind:
            case SwitchKind.OFF if switch.source is not None:
                self.sources.setdefault((normalise(switch.source), switch.asked), switch)
            case SwitchKind.OFF if switch.rewrite_id is not None:
                self.entries.setdefault(switch.rewrite_id, switch)
            case SwitchKind.OFF:
                self.off = self.off or switch
            case SwitchKind.NEVER_REWRITTEN if switch.intent is not None:
                self.never.setdefault(switch.intent, switch)
            case SwitchKind.DRY_RUN:
                self.dry_run = self.dry_run or switch
            case SwitchKind.HOLD_BACK:
                # The narrowest counts, and they come from the widest to the narrowest.
                self.hold_back = switch

    def off_for(self, utterance: str, asked: str | None) -> Switch | None:
        """Return the switch that leaves this request alone, before anything is looked up."""
        if self.off is not None:
            return self.off
        if not self.sources:
            return None
        source = normalise(utterance)
        return self.sources.get((source, None)) or self.sources.get((source, asked))

    def never_for(self, intent: str | None) -> Switch | None:
        """Return the switch that keeps this intent as it is; several acts are joined by a plus."""
        if intent is None or not self.never:
            return None
        for act in intent.split("+"):
            switch = self.never.get(act)
            if switch is not None:
                return switch
        return None


class Board:
    """All switches at one moment.

    Parameters
    ----------
    settings
        What holds without any switch.
    switches
        Those that are set.
    """

    def __init__(self, settings: RewritingSettings, switches: Iterable[Switch] = ()) -> None:
        self.switches = tuple(switches)
        given = _of_settings(settings)
        common = [*given, *(switch for switch in self.switches if switch.tenant_id is None)]
        own: dict[str, list[Switch]] = {}
        for switch in self.switches:
            if switch.tenant_id is not None:
                own.setdefault(switch.tenant_id, []).append(switch)
        self._common = TenantBoard(common)
        self._own = {tenant: TenantBoard([*common, *theirs]) for tenant, theirs in own.items()}

    def of(self, tenant_id: str) -> TenantBoard:
        """Return what holds for a tenant."""
        return self._own.get(tenant_id, self._common)


def _of_settings(settings: RewritingSettings) -> list[Switch]:
    """Put the settings as switches, so that one rule holds for both."""
    given = [
        Switch(kind=SwitchKind.NEVER_REWRITTEN, intent=intent) for intent in sorted(settings.never_rewritten)
    ]
    if settings.off:
        given.append(Switch(kind=SwitchKind.OFF))
    if settings.dry_run:
        given.append(Switch(kind=SwitchKind.DRY_RUN))
    if settings.hold_back_share > 0:
        given.append(Switch(kind=SwitchKind.HOLD_BACK, share=settings.hold_back_share))
    return given
