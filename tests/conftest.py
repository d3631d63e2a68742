"""What all tests share: floating-point errors are errors, and hypothesis has three profiles."""

import os

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=40, database=None)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=400, print_blob=True)
hypothesis.settings.register_profile(
    "mutation",
    hypothesis.settings.get_profile("ci"),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)
hypothesis.settings.load_profile(os.environ.get("FUNNET_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _floating_point_errors_are_errors():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield
