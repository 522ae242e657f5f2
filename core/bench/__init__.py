"""Speed on the standard workloads: whole outer steps of a real run, beside the peers that are installed."""

from core.bench.compare import bench
from core.bench.methods import bench_methods
from core.bench.workloads import WORKLOADS

__all__ = ["WORKLOADS", "bench", "bench_methods"]
