"""Numbers that decide what a kernel finds, beside those that belong to what it works on (`model/`)."""

from __future__ import annotations

ROUNDING_UNITS = 8.0
"""A mismatch below this many rounding errors of the node's own sum cannot be told from zero."""
COLLAPSED_PU = 0.1
"""A node without injection balances at any current when its voltage is zero: below this it is no solution."""
HOPELESS_PU = 1e9
"""Power mismatch above which Newton's method has diverged."""
PIVOT_THRESHOLD = 1e-11
"""A 2x2 pivot block is too small when its determinant is no larger than this share of the product of its row norms."""
MAGNITUDE_TOLERANCE_LEAST, MAGNITUDE_TOLERANCE = 1e-13, 1e-9
"""Bounds of the tolerance on (V^2 - |v|^2) / 2 at a node with a voltage set point, pu^2."""
STALLED_RATIO = 0.25
"""A step that leaves at least this share of the mismatch may be at the end of what rounding allows."""

START_TOLERANCE_PU = 1e-8
"""Largest mismatch of the grid as read at which its solved state is where each case begins."""
START_ITERATIONS = 30

LOW_PU = 0.6
"""Lowest voltage of a solution that chord steps or a warm start are believed."""
CHORD_FAR_PU = 0.3
"""Distance of a voltage from the base case from which a solution by chord steps is looked at again."""
CHORD_PATIENCE = 16.0
"""Chord steps still needed above which Newton's method is the better way."""
CHORD_CONTRACTION = 0.9
"""A chord step that leaves more than this share of the mismatch leads astray."""
TURN_COSINE = 0.34
"""Cosine of the angle by which the ends of a branch may turn against each other, against the start of the grid."""

MIN_CHORD = 32
"""Cases of one state from which on a factor of their own is worth it."""
CLUSTER = 1024
"""Cases that share a base case where their totals vary, at most."""
TOTALS_VARY_SHARE = 0.1
"""Totals vary when they are further apart than this part of all that is drawn and fed in."""
CLUSTER_SAMPLE = 32
"""Cases that make up the mean of a cluster, at most."""

SLACK_ROUNDS = 30
"""Load flows in which a shared imbalance must settle."""
SLACK_SHARPER_ROUNDS = 3
"""Rounds of a shared imbalance in which the tolerance falls to a tenth each."""

POPULATION = 100
"""Schedules per direction in the search for a plain project."""
TOURNAMENT = 3
"""Members of which the best is a parent."""
MUTATION = 200
"""Chance in 1/1024 that two neighbours of a child's list are swapped."""
PATIENCE = 1500
"""Schedules without progress after which all but the best are drawn anew."""
PARTS = 1000
"""Parts of a resource in which its use is counted."""
MODULUS = 2147483647
"""Of the stream x <- 48271 x mod (2^31 - 1)."""
