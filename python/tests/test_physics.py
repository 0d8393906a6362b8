from __future__ import annotations

import pytest

from millwright import Bearing


def test_orders_of_the_case_western_bearing() -> None:
    bearing = Bearing.from_name("6205-2RS")
    assert bearing.bpfo == pytest.approx(3.58478, abs=1e-4)
    assert bearing.bpfi == pytest.approx(5.41522, abs=1e-4)
    assert bearing.ftf == pytest.approx(0.39831, abs=1e-4)
    assert bearing.bsf == pytest.approx(2.35672, abs=1e-4)


def test_orders_of_the_fan_end_bearing() -> None:
    bearing = Bearing.from_name("6203")
    assert (bearing.bpfo, bearing.bpfi) == pytest.approx((3.0530, 4.9469), abs=1e-3)
    assert 2 * bearing.bsf == pytest.approx(3.9874, abs=2e-3)


def test_orders_of_the_ims_bearing() -> None:
    """236 Hz, 297 Hz and 2 x 140 Hz at 2000 rpm, as its documentation says."""
    frequencies = Bearing.from_name("za-2115").frequencies(2000)
    assert frequencies["bpfo"] == pytest.approx(236.4, abs=0.2)
    assert frequencies["bpfi"] == pytest.approx(296.9, abs=0.2)
    assert frequencies["bsf"] == pytest.approx(139.9, abs=0.2)


def test_races_share_the_rolling_elements() -> None:
    bearing = Bearing(12, 8.0, 50.0, 20.0)
    assert bearing.bpfo + bearing.bpfi == pytest.approx(bearing.n)
    assert bearing.bpfo == pytest.approx(bearing.n * bearing.ftf)


@pytest.mark.parametrize(
    ("geometry", "complaint"),
    [((2, 1, 5), "at least 3"), ((8, 5, 5), "smaller than the pitch"), ((8, 1, 5, 90), "contact angle")],
)
def test_refuses_impossible_geometry(geometry: tuple[float, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Bearing(*geometry)  # type: ignore[arg-type]


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"6205.*Bearing\(n, d, D, angle\)"):
        Bearing.from_name("9999")
