# A grid operator: does gridprio see the bottlenecks of my grid, and what does a new feeder do to them?
#
# Run it as it stands, or block by block in a notebook or an editor that knows `# %%`.

# %% A grid: here the IEEE reliability test system. A file of pandapower, MATPOWER or power-grid-model does as well.
import numpy as np

import gridprio

grid = gridprio.read_grid("pandapower:case24_ieee_rts")
grid

# %% Two hours: as in the file, and with 20 % more of everything.
p_mw, q_mvar = np.outer([1.0, 1.2], grid.p_mw), np.outer([1.0, 1.2], grid.q_mvar)
flows = gridprio.solve_load_flow(grid, p_mw, q_mvar)
print(flows)

# %% The most loaded branches of the second hour. A branch without a limit has no loading.
loading = np.nan_to_num(flows.loading_percent[1])
for row in np.argsort(-loading)[:5]:
    print(grid.branch_ids[row], f"{loading[row]:.1f} %")

# %% Every single outage in both hours: what goes above 100 %?
worst = gridprio.find_violations(grid, p_mw, q_mvar)
print(worst)
print(worst.table.nlargest(5, "loading_percent").to_string(index=False))
