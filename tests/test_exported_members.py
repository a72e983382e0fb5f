"""Every package says in `__all__` what it gives: complete, sorted, and nothing that is not there."""

import importlib
import pkgutil
import types

import pytest

PACKAGES = (
    "backbone",
    "evaluation",
    "failure_point",
    "labelgen",
    "rewrite_offline",
    "rewrite_online",
    "selflearn",
    "simulator",
    "streams",
)


def _modules():
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield found.name


@pytest.mark.parametrize("name", sorted(_modules()))
def test_all_is_sorted_and_there(name):
    module = importlib.import_module(name)
    exported = module.__all__
    assert list(exported) == sorted(exported, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    for member in exported:
        assert hasattr(module, member), f"{name}.__all__ names {member}, which is not there"


@pytest.mark.parametrize("name", PACKAGES)
def test_package_exports_all_that_it_imports(name):
    package = importlib.import_module(name)
    public = {
        member
        for member, value in vars(package).items()
        if not member.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public <= set(package.__all__), f"{name} holds names that __all__ does not list"
