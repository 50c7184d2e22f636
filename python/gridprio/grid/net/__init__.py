"""Tables of a pandapower net before anything is computed: what each column holds, what is refused, what is assumed."""

from gridprio.grid.net.findings import Finding
from gridprio.grid.net.normal import normal_net
from gridprio.grid.net.oddities import net_findings

__all__ = ["Finding", "net_findings", "normal_net"]
