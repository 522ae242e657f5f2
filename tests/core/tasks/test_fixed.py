"""Fixed lists: the same everywhere, and named by a digest that sees every tensor."""

import subprocess
import sys
from pathlib import Path

import torch

from core.config.tasks import FiveModes, Sinusoid
from core.tasks import build, fixed_tasks
from core.tasks.fixed import digest

IN_A_PROCESS = """
from pathlib import Path
from core.config.tasks import FiveModes
from core.tasks import build, fixed_tasks
chosen = FiveModes()
print(fixed_tasks(build(chosen, data_folder=Path("unused")).test, chosen.evaluation_key(), "test", 50)[1])
"""


def test_two_processes_draw_the_same_list():
    other = subprocess.run([sys.executable, "-c", IN_A_PROCESS], capture_output=True, text=True, check=True)
    chosen = FiveModes()
    here = fixed_tasks(build(chosen, data_folder=Path("unused")).test, chosen.evaluation_key(), "test", 50)[1]
    assert other.stdout.strip() == here


def test_validation_and_test_are_different_tasks():
    chosen = Sinusoid()
    test = build(chosen, data_folder=Path("unused")).test
    digests = {fixed_tasks(test, chosen.evaluation_key(), split, 10)[1] for split in ("validation", "test")}
    assert len(digests) == 2


def test_training_shots_do_not_change_the_evaluation_tasks():
    digests = set()
    for chosen in (Sinusoid(), Sinusoid(train_shots=50)):
        test = build(chosen, data_folder=Path("unused")).test
        digests.add(fixed_tasks(test, chosen.evaluation_key(), "test", 10)[1])
    assert len(digests) == 1


def test_the_digest_sees_one_changed_number():
    task, name = fixed_tasks(build(Sinusoid(), data_folder=Path("unused")).test, "key", "test", 10)
    moved = task.query.y.clone()
    moved[3, 2] = torch.nextafter(moved[3, 2], torch.tensor(9.0))
    assert digest(task._replace(query=task.query._replace(y=moved))) != name
    assert digest(task) == name
