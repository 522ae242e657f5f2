"""A distribution that changes with the outer step: every step sees its own stage, and a resumed run the same ones."""

from core.training import Control
from core.training import run as module
from core.training.assembly import assemble
from core.training.events import Failed, Started, Validated

from .helpers import assert_same_bits, checkpoint_of, run, state, tiny


def with_stages(monkeypatch, stages):
    """Training whose amplitude grows by step: `stages` hears (step, the loudest target)."""

    def growing(experiment, data_folder, stored_plan=None):
        parts = assemble(experiment, data_folder, stored_plan)
        train = parts.splits.train

        def at(step):
            def sample(generator, count):
                task = train.sample(generator, count)
                support, query = (part._replace(y=part.y * step / 24) for part in task[:2])
                return task._replace(support=support, query=query)

            return train._replace(
                sample=sample, hear=lambda tasks, aux: stages.append((step, float(tasks.query.y.abs().max())))
            )

        return parts._replace(splits=parts.splits._replace(train=train._replace(at=at)))

    monkeypatch.setattr(module, "assemble", growing)


def test_every_step_trains_on_its_own_stage(tmp_path, monkeypatch):
    stages = []
    with_stages(monkeypatch, stages)
    assert not run(tiny(), tmp_path).all(Failed)
    assert [step for step, _ in stages] == list(range(1, 25))
    early, late = ([loud for step, loud in stages if step in part] for part in (range(1, 9), range(17, 25)))
    assert max(early) < max(late)


def test_a_resumed_run_sees_the_same_stages(tmp_path, monkeypatch):
    stages, again = [], []
    with_stages(monkeypatch, stages)
    whole = run(tiny(), tmp_path / "whole")
    with_stages(monkeypatch, again)
    control = Control()
    stopped = run(
        tiny(), tmp_path / "parts", control=control,
        on=lambda event: control.stop() if isinstance(event, Validated) and event.step == 12 else None,
    )  # fmt: skip
    rest = run(tiny(), tmp_path / "parts", resume=checkpoint_of(stopped), engine=stopped.one(Started).engine)
    assert 12 <= rest.one(Started).first_step < 24
    assert again == stages
    assert_same_bits(state(rest), state(whole))
