import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import DatabaseProblem
from core.storage.blocks import pack, pack_curves, unpack, unpack_curves
from core.training.events import Curves

_TYPES = st.sampled_from([np.float32, np.float64, np.int64])
_ARRAYS = _TYPES.flatmap(lambda t: hnp.arrays(t, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=7)))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["loss", "steps", "groups", "a b"]), _ARRAYS))
def test_arrays_come_back_as_they_were(arrays: dict[str, np.ndarray]) -> None:
    found = unpack(pack(arrays))
    assert found.keys() == arrays.keys()
    for name, value in arrays.items():
        assert found[name].dtype == value.dtype
        assert found[name].shape == value.shape
        assert found[name].tobytes() == value.tobytes()


def test_blocks_are_little_endian_whatever_the_array_was() -> None:
    block = pack({"loss": np.array([1.5, np.nan], ">f8")})
    assert block.endswith(np.array([1.5, np.nan], "<f8").tobytes())


def test_an_array_that_is_not_contiguous_keeps_its_values() -> None:
    array = np.arange(12.0).reshape(3, 4).T
    assert np.array_equal(unpack(pack({"a": array}))["a"], array)


def test_errors_by_target_come_back() -> None:
    several = Curves(np.ones((2, 3)), None, None, np.array([[0.1, 0.2], [0.3, 0.4]]))
    assert np.array_equal(unpack_curves(pack_curves(several)).by_target, several.by_target)


def test_curves_without_accuracy_come_back_without() -> None:
    found = unpack_curves(pack_curves(Curves(np.ones((2, 3)))))
    assert found.accuracy is None
    assert found.groups is None


@pytest.mark.parametrize("block", [b"", b"\x00" * 8, b"pickle", b"\xff" * 64, pack({"a": np.ones(9)})[:-3]])
def test_a_damaged_block_is_one_sentence(block: bytes) -> None:
    with pytest.raises(DatabaseProblem, match="damaged"):
        unpack(block)
