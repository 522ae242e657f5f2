"""Do samples differ where a task is ambiguous and agree where it is not? Spread and calibration of a stored initialization
by the number of shots, on 400 tasks that it has not seen:

    headstart run sinusoid-line-platipus
    python -m tests.benchmarks.ambiguity INITIALIZATION.safetensors

Measured (2,000 steps, best of the validations at 1,350; 10 samples, 5 inner steps; targets scatter by 0.71 about each sample, as
the KL weight of 0.05 assumes):

    shots  spread at queries  at support  error of the mean  best sample  90 % interval covers  gap    log-loss
      1         1.172           0.605           9.25            5.48           70 %            0.112     5.79
      2         0.926           0.354           6.08            3.33           78 %            0.056     4.00
      3         0.770           0.335           3.87            2.02           83 %            0.019     2.84
      5         0.598           0.305           1.86            0.90           89 %            0.037     1.74
     10         0.427           0.294           0.61            0.35           93 %            0.083     1.12
     20         0.358           0.293           0.42            0.29           95 %            0.110     1.01

Spread falls with shots and is larger between the support points than at them. With a distribution over every weight, KL
weight 0.003 and judged with a scatter of 0.3, 90 % intervals held 43 to 63 % (3,000 steps).
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.analysis.calibration import LEVELS, coverage, mixture_nll
from core.deploy import Initialization, load
from core.draws import at_step
from core.methods.platipus import assumed_scatter
from core.tasks import build
from core.training.evaluate import fixed_noise, sampled_outputs, states
from core.types import Batch, Task

TASKS, MOST = 400, 20


def main(path: str) -> None:
    start = load(path)
    settings = start.experiment.tasks.model_copy(update={"shots": MOST})
    splits = build(settings, data_folder=Path(), device="cpu", dtype=torch.float32)
    tasks = splits.test.sample(at_step(11, "ambiguity"), TASKS)
    print("shots  query spread  support spread  error  best sample  covers 90 %  gap  log-loss")
    for shots in (1, 2, 3, 5, 10, MOST):
        some = tasks._replace(support=Batch(*(leaf[:, :shots] for leaf in tasks.support)))
        print(f"{shots:5d}", *(f"{value:12.3f}" for value in figures(start, some)))


def figures(start: Initialization, tasks: Task) -> tuple[float, ...]:
    """Spread at queries and support, error of the mean and of the best sample, coverage, its mean gap, log-loss."""
    method, meta = start.for_ways(start.spec.outputs)
    noise = fixed_noise(method, meta, tasks, start.steps)
    with torch.no_grad():
        *_, (_, fast) = states(method, meta, tasks, noise, start.steps, vectorised=True, check=lambda: None)
        query, support = (
            sampled_outputs(method, meta, fast, tasks.given, part.x, vectorised=True)[..., 0].numpy()
            for part in (tasks.query, tasks.support)
        )
    truth = tasks.query.y[..., 0].numpy()
    error = np.square(query - truth[:, None]).mean(-1)
    settings: Any = start.experiment.method
    std = assumed_scatter(settings.target_noise, settings.kl_weight, tasks.query)
    drawn, seen = query.transpose(1, 0, 2).reshape(query.shape[1], -1), truth.ravel()
    covered = coverage(drawn, seen, std)
    gap = float(np.abs(covered - LEVELS).mean())
    mean_error = float(np.square(query.mean(1) - truth).mean())
    spreads = float(query.std(1).mean()), float(support.std(1).mean())
    return (*spreads, mean_error, float(error.min(1).mean()), float(covered[18]), gap, mixture_nll(drawn, seen, std))


if __name__ == "__main__":
    main(sys.argv[1])
