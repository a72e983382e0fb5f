"""The store's formats, one file a step (alembic); a store is brought to the newest when it is opened.

A step that was released never changes; another is added behind it, and `HEAD` in selflearn.store.migrating names it.
"""

__all__: list[str] = []
