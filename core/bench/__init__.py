"""Speed on the standard workloads: whole outer steps of a real run, beside the peers that are installed."""

from core.bench.beside import beside
from core.bench.compare import Wish, bench
from core.bench.memory import by_steps
from core.bench.methods import bench_methods
from core.bench.workloads import WORKLOADS

__all__ = ["WORKLOADS", "Wish", "bench", "bench_methods", "beside", "by_steps"]
