"""`python -m selflearn.cli`, where the script `selflearn` is not installed."""

from selflearn.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
