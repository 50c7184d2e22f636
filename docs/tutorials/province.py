# A province: what does status change in our programme, who is connected earlier, and who pays for it?
#
# Run it as it stands, or block by block in a notebook or an editor that knows `# %%`.

# %% A ready study of stations with published capacities. Its numbers are invented.
import tempfile
from pathlib import Path

import gridprio
from gridprio.inputs.ready_studies import copy_ready_study

folder = Path(tempfile.mkdtemp())
copy_ready_study("fictional-map", folder / "study")
study = gridprio.read_study(folder / "study")

# %% A small run: few draws, no random lists, no search. Leave `with_settings` out for the whole answer.
quick = gridprio.with_settings(study, draws=5, max_draws=5, placebo_lists=0, search_orders=0)
run = gridprio.run_study(quick, out=folder / "run")
run

# %% What status changes in total: with minus without, below zero is better.
effect = run.status_effect
total = effect[(effect["project_id"] == "total") & effect["channel"].str.endswith("both")]
print(total[["scenario", "metric", "mean", "low95", "high95", "verdict"]].to_string(index=False))

# %% The plan as bars, who is connected when, and where: figures that a notebook shows.
figures = [run.plot.plan(), run.plot.connections()]
figures[0]

# %% Who is connected at another time than without status.
connections = run.connections
moved = connections[connections["year_with_status"] != connections["year_without_status"]]
print(moved[["development_id", "scenario", "year_without_status", "year_with_status"]].to_string(index=False))

# %% What limits each project that comes late, and whose lever that is.
print(run.ledger[["name", "binding_constraint", "lever", "binding_months"]].to_string(index=False))
