"""Changes that no test can notice, by their text, each with the reason."""

EQUIVALENT: dict[str, str] = {}
