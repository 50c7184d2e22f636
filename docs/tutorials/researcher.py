# A researcher: are the load flows right, how are they compared, and what does each project contribute?
#
# Run it as it stands, or block by block in a notebook or an editor that knows `# %%`.

# %% Load flows against pandapower on the same grid.
import numpy as np
import pandapower as pp
import pandapower.networks as pn

import gridprio

net = pn.case118()
pp.runpp(net, numba=False, tolerance_mva=1e-10)
grid = gridprio.read_grid(net)
flows = gridprio.solve_load_flow(grid, tolerance_mva=1e-10)
difference_pu = np.abs(flows.vm_pu[0] - net.res_bus.vm_pu.loc[grid.bus_ids].to_numpy()).max()
print(f"largest difference from pandapower: {difference_pu:.1e} pu")
assert difference_pu < 1e-9

# %% A game of three projects: the second is worth something only after the first, the third stands alone.
worth = {frozenset(): 0.0, frozenset("a"): 4.0, frozenset("b"): 0.0, frozenset("c"): 3.0}
worth |= {frozenset("ab"): 10.0, frozenset("ac"): 7.0, frozenset("bc"): 3.0, frozenset("abc"): 13.0}
for method in ("pint", "toot", "shapley"):
    print(method, gridprio.contribution(worth, "abc", method=method))
shapley = gridprio.contribution(worth, "abc")
assert np.isclose(sum(shapley.values()), worth[frozenset("abc")])

# %% Which project is first under all weighings of two criteria (SMAA-2).
accepted = gridprio.rank_acceptability([[0.9, 0.1], [0.5, 0.6], [0.2, 0.3]], samples=20_000, seed=0)
print(accepted.acceptability)
