"""The version of funnet, as in pyproject.toml and in the header of checkpoints."""

VERSION = "0.1.0"
