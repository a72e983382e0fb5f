"""Where a model comes from: code and machine."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_version", "machine"]


def code_version() -> str:
    """Return the product's version, and the commit where it runs from a repository (`+changed`: with other changes)."""
    try:
        said = f"selflearn {version('selflearn')}"
    except PackageNotFoundError:
        said = "selflearn"
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return said
    return f"{said}, commit {commit}{'+changed' if _git('status', '--porcelain', '--untracked-files=no') else ''}"


def machine() -> str:
    """Return what kind of machine this is; nothing that tells which."""
    said = [platform.system(), platform.machine(), _processor(), f"{os.cpu_count()} cores"]
    return ", ".join([*filter(None, said), f"Python {platform.python_version()}"])


def _git(*command: str) -> str:
    try:
        done = subprocess.run(
            ["git", *command],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
