"""Do samples differ where a task is ambiguous and agree where it is not? Spread and calibration of a stored initialization
by the number of shots, on 400 tasks that it has not seen:

    headstart run sinusoid-line-platipus --steps 3000
    python -m tests.benchmarks.ambiguity INITIALIZATION.safetensors

Measured (3,000 steps, best of the validations at 2,500; noise of the targets 0.3, 10 samples, 5 inner steps):

    shots  spread at queries  at support  error of the mean  best sample  90 % interval covers  gap    log-loss
      1         0.770           0.523          12.01            8.73           43 %            0.246    41.8
      2         0.687           0.454           8.46            6.00           48 %            0.222    28.5
      3         0.609           0.413           6.03            4.21           51 %            0.205    19.9
      5         0.539           0.420           4.08            2.90           56 %            0.182    13.7
     10         0.462           0.412           1.94            1.36           60 %            0.158     6.0
     20         0.411           0.400           1.26            0.99           63 %            0.141     4.3

Spread falls with shots and is larger between the support points than at them; the intervals are still too narrow.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from core.analysis.calibration import LEVELS, coverage, mixture_nll
from core.deploy import Initialization, load
from core.draws import at_step
from core.tasks import build
from core.training.evaluate import fixed_noise, sampled_outputs, states
from core.types import Batch, Task

TASKS, MOST = 400, 20


def main(path: str) -> None:
    start = load(path)
    settings = start.experiment.tasks.model_copy(update={"shots": MOST, "queries": 30})
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
    std = getattr(start.experiment.method, "target_noise", 0.0) or 0.3
    drawn, seen = query.transpose(1, 0, 2).reshape(query.shape[1], -1), truth.ravel()
    covered = coverage(drawn, seen, std)
    gap = float(np.abs(covered - LEVELS).mean())
    mean_error = float(np.square(query.mean(1) - truth).mean())
    spreads = float(query.std(1).mean()), float(support.std(1).mean())
    return (*spreads, mean_error, float(error.min(1).mean()), float(covered[18]), gap, mixture_nll(drawn, seen, std))


if __name__ == "__main__":
    main(sys.argv[1])
