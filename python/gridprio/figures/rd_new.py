"""RD New (EPSG:28992), the plane coordinates of the Netherlands, without a projection library.

Source: F.H. Schreutelkamp and G.L. Strang van Hees, "Benaderingsformules voor de transformatie tussen RD- en
WGS84-kaartcoordinaten", Geodesia 43 (2001). Errors are below a metre on Dutch land, far below a pixel of a map.
"""

from __future__ import annotations

AMERSFOORT_LATITUDE, AMERSFOORT_LONGITUDE = 52.15517440, 5.38720621
EASTING = {
    (0, 1): 190094.945, (1, 1): -11832.228, (2, 1): -114.221, (0, 3): -32.391, (1, 0): -0.705, (3, 1): -2.340,
    (1, 3): -0.608, (0, 2): -0.008, (2, 3): 0.148,
}  # fmt: skip
"""Powers of the difference in latitude and in longitude (36/100 of a degree) -> coefficient, metres."""
NORTHING = {
    (1, 0): 309056.544, (0, 2): 3638.893, (2, 0): 73.077, (1, 2): -157.984, (3, 0): 59.788, (0, 1): 0.433,
    (2, 2): -6.439, (1, 1): -0.032, (0, 4): 0.092, (1, 4): -0.054,
}  # fmt: skip


def rd_new(longitude: float, latitude: float) -> tuple[int, int]:
    """Easting and northing in whole metres of a point in degrees (WGS84)."""
    north = 0.36 * (latitude - AMERSFOORT_LATITUDE)
    east = 0.36 * (longitude - AMERSFOORT_LONGITUDE)
    x, y = (sum(c * north**p * east**q for (p, q), c in of.items()) for of in (EASTING, NORTHING))
    return round(155_000 + x), round(463_000 + y)
