"""Pictures as bytes: 255 where the network learned 1 gives confident nonsense, so it is said."""

import numpy as np
import pytest

import core
from core.errors import BadExperiment
from tests.core.deploy.made import make


def test_bytes_are_refused_with_what_to_do_and_ink_is_taken(tmp_path):
    start = core.load(make(tmp_path, "pictures"))
    pictures = np.random.default_rng(0).integers(0, 256, (6, 28, 28))
    with pytest.raises(BadExperiment, match="divide bytes by 255"):
        start.adapt(pictures, [0, 1, 2] * 2)
    assert start.adapt(pictures / 255, [0, 1, 2] * 2).predict(pictures / 255).shape == (6, 3)
