"""Changes that no test can notice, by their text, each with the reason."""

TIE = "differs only where two numbers that rounding made are equal to the last bit"
ANY = "any two numbers would do: linearity holds for all"
ONE = "the list holds one value"
FAR = "how far away the other point lies does not matter"
BOUND = "the number of parts is odd, 2 n − 1 for n kinks, so 511 and 512 bound it alike"

_MOVED = "moved = tree.map(lambda leaf, z: leaf * (?).astype(leaf.dtype), here, gaussian(here, generator))"

_CHANGES = {
    "funnet/testing/numeric.py": (
        (
            TIE,
            "rough = truncation > 8.0 * rounding and truncation > _ROUGH * abs(near)",
            "rough = truncation >= 8.0 * rounding and truncation > _ROUGH * abs(near)",
            "rough = truncation > 8.0 * rounding and truncation >= _ROUGH * abs(near)",
        ),
        (
            TIE,
            "if np.isfinite(near) and truncation + rounding < best.error:",
            "if np.isfinite(near) and truncation + rounding <= best.error:",
        ),
        (
            TIE,
            "return abs(4.0 * (a + b) - (c + d)) > 512.0 * unit",
            "return abs(4.0 * (a + b) - (c + d)) >= 512.0 * unit",
        ),
    ),
    "funnet/testing/contract.py": (
        (
            FAR,
            _MOVED.replace("?", "1 + 0.01 * z"),
            _MOVED.replace("?", "1 + 1.01 * z"),
            _MOVED.replace("?", "1 + 0.01 / z"),
            _MOVED.replace("leaf * (?)", "leaf / (1 + 0.01 * z)"),
            _MOVED.replace("?", "1 + -0.99 * z"),
            _MOVED.replace("?", "2 + 0.01 * z"),
            _MOVED.replace("?", "0 + 0.01 * z"),
            _MOVED.replace("?", "1 - 0.01 * z"),
        ),
        (ANY, "a, b = (0.75, -1.25)", "a, b = (1.75, -1.25)", "a, b = (-0.25, -1.25)"),
        (ANY, "a, b = (0.75, -1.25)", "a, b = (0.75, -2.25)", "a, b = (0.75, -0.25)", "a, b = (0.75, 1.25)"),
    ),
    "funnet/testing/faults.py": (
        (
            ONE,
            "if not self.kept or self.kept[0].dtype != g.dtype:",
            "if not self.kept or self.kept[-1].dtype != g.dtype:",
        ),
        (ONE, "buffer: Array = self.kept[0]", "buffer: Array = self.kept[-1]"),
        (
            ONE,
            "made[np.unravel_index(self.kept[0], g.shape)] = 0.0",
            "made[np.unravel_index(self.kept[-1], g.shape)] = 0.0",
        ),
        (ONE, "cache = self.seen[0]", "cache = self.seen[-1]"),
    ),
    "funnet/testing/slopes.py": ((BOUND, "_PARTS = 512", "_PARTS = 511"),),
}

EQUIVALENT = {
    f"{path}\n- {before}\n+ {after}": reason
    for path, rows in _CHANGES.items()
    for reason, before, *afters in rows
    for after in afters
}
