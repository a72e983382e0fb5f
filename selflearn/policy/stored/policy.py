"""The policy of a server: settings, switches and rejections of the store put together."""

from selflearn.policy.judging import Policy
from selflearn.policy.live import LiveSwitches
from selflearn.policy.stored.rejections import stored_rejections
from selflearn.policy.stored.switches import CHANGED, read_switches
from selflearn.settings import RewritingSettings
from selflearn.store import Store

__all__ = ["stored_policy"]


def stored_policy(settings: RewritingSettings, store: Store) -> Policy:
    """Make the policy that heeds the switches and rejections in a store.

    Parameters
    ----------
    settings
        What holds without any switch.
    store
        Where switches and rejections are.
    """
    switches = LiveSwitches(
        settings,
        changed=lambda: store.counters().get(CHANGED, 0),
        read=lambda: read_switches(store),
    )
    return Policy(
        switches,
        salt=settings.salt,
        rejections=stored_rejections(store),
        compare_share=settings.compare_share,
    )
