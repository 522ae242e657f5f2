"""The mixture's numeric checks (mixture.md, section 17), in float64, its growth, its panels and its files."""

import pytest
import torch

from core.config import parse, problems
from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods.mixture import _log_prior, _temperature, component_groups, shares
from core.optim import OuterOptimizer
from core.outer import one_task
from core.types import Meta

from .cases import WORLDS, ZERO, Case, D, assert_close, changed, draws_of, flat, gradient_of, outer_settings, t64

WORLD = WORLDS["mlp-tanh"]
ONE = t64(1.0)


def built(*, steps=2, adapt=None, order="second", world=WORLD, **settings):
    case = Case("mixture", changed("mixture", **settings), steps=steps, adapt=adapt, order=order)
    method = case.method(world.net(), world.loss)
    return method, case.meta(method)


def maml(steps=2, world=WORLD, **changes):
    return Case("maml", steps=steps, **changes).method(world.net(), world.loss)


def with_components(meta, *parts):
    learned = dict(zip(component_groups(len(parts)), parts, strict=True))
    return meta._replace(learned=learned)


def only(meta, group):
    return Meta({"init": meta.learned[group]}, meta.fixed, {})


# check 1: one component


@pytest.mark.parametrize("assignment", ["soft", "hard"])
@pytest.mark.parametrize("name", ["mlp-tanh", "mlp-pictures-shared", "strided-batch-fixed"])
def test_one_component_is_maml(name, assignment):
    world = WORLDS[name]
    method, meta = built(components=1, assignment=assignment, world=world)
    tasks = world.tasks()
    found, aux = gradient_of(method, tasks, meta=meta)
    expected, reports = gradient_of(maml(world=world), tasks, meta=only(meta, "init"))
    assert_close(found, expected, 1e-11)
    torch.testing.assert_close(aux["query_loss"], reports["query_loss"], rtol=1e-12, atol=0)
    assert torch.equal(aux["share"], torch.ones(4, 1, dtype=D))


# check 2: identical copies


def test_identical_components_share_equally_and_each_has_mamls_gradient_by_their_number():
    method, meta = built(components=3)
    same = with_components(meta, *[meta.learned["init"]] * 3)
    tasks = WORLD.tasks()
    found, aux = gradient_of(method, tasks, meta=same)
    assert torch.equal(aux["share"], torch.full((4, 3), 1 / 3, dtype=D))
    expected, _ = gradient_of(maml(), tasks, meta=only(meta, "init"))
    for group in component_groups(3):
        third = {"init": {name: leaf / 3 for name, leaf in expected["init"].items()}}
        assert_close({"init": found[group]}, third, 1e-11)


# checks 3, 4, 6, 7: responsibilities


@pytest.mark.parametrize(("temperature", "first"), [(1.0, 0.99615), (5.0, 0.7524)])
def test_responsibilities_of_two_losses(temperature, first):
    """MSE 0.10 and 0.30 of 5 points that scatter by 0.3: evidence -2.778 and -8.333."""
    evidence = -5 * t64([0.10, 0.30]) / (2 * 0.3**2)
    assert evidence.tolist() == pytest.approx([-2.778, -8.333], abs=1e-3)
    assert shares(evidence, temperature, False)[0].item() == pytest.approx(first, abs=1e-5 if first > 0.9 else 1e-4)


def test_a_new_table_of_the_restaurant_has_its_concentrations_share():
    settings = changed("mixture", components=2, grow=True, prior="counts")
    state = {"mixture": {"count": t64([30.0, 10.0]), "alive": t64([1.0, 1.0])}}
    found = shares(_log_prior(Meta({}, {}, state), settings), 1.0, False)
    torch.testing.assert_close(found, t64([0.7317, 0.2439, 0.0244]), rtol=0, atol=5e-5)


def test_a_component_that_is_not_born_has_no_share():
    settings = changed("mixture", components=2, grow=True)
    state = {"mixture": {"count": t64([30.0, 0.0]), "alive": t64([1.0, 0.0])}}
    assert shares(_log_prior(Meta({}, {}, state), settings)[:2], 1.0, False).tolist() == [1.0, 0.0]


def test_cold_is_hard_and_hot_is_uniform():
    evidence = t64([-1.0, -0.9, -3.0])
    assert shares(evidence, 1e-6, False).tolist() == shares(evidence, 1.0, True).tolist() == [0.0, 1.0, 0.0]
    torch.testing.assert_close(shares(evidence, 1e6, False), t64([1 / 3] * 3), rtol=0, atol=1e-5)


def test_the_temperature_falls_over_its_share_of_the_run():
    settings = changed("mixture", start_temperature=10.0, temperature=1.0, anneal=0.2)
    found = [_temperature(settings, t64(at)).item() for at in (0.0, 0.1, 0.2, 0.9)]
    assert found == pytest.approx([10.0, 5.5, 1.0, 1.0], rel=1e-12)


def test_the_gradient_of_the_marginal_is_the_weighted_gradient():
    """Detaching responsibilities loses nothing where they come from the losses that are differentiated."""
    a = t64([0.3, 1.1, 0.7]).requires_grad_()
    log_pi = t64([0.5, 0.2, 0.3]).log()
    (found,) = torch.autograd.grad(-torch.logsumexp(log_pi - a, 0), a)
    torch.testing.assert_close(found, shares(log_pi - a.detach(), 1.0, False), rtol=1e-10, atol=0)


def test_cold_soft_assignment_has_the_gradient_and_the_prediction_of_the_hard_one():
    cold, meta = built(components=3, temperature=1e-9, start_temperature=1e-9)
    hard, _ = built(components=3, assignment="hard")
    tasks = WORLD.tasks()
    soft_gradient, aux = gradient_of(cold, tasks, meta=meta)
    hard_gradient, hard_aux = gradient_of(hard, tasks, meta=meta)
    assert_close(soft_gradient, hard_gradient, 1e-11)
    assert torch.equal(aux["share"], hard_aux["share"])
    for i in range(4):
        given = one_task(tasks, i).given
        one, other = (predict(m, meta, rollout(m, meta, given, {}, 3), given, given.query_x) for m in (cold, hard))
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("score", ["post", "pre", "mean-path"])
def test_hard_assignment_takes_the_component_of_the_smallest_support_loss(score):
    method, meta = built(components=3, assignment="hard", score=score)
    base, tasks = maml(), WORLD.tasks()
    _, aux = gradient_of(method, tasks, meta=meta)
    for i in range(4):
        given, fits = one_task(tasks, i).given, []
        for group in component_groups(3):
            one = only(meta, group)
            path = [
                WORLD.loss(predict(base, one, rollout(base, one, given, {}, n), given, given.support.x), given.support)
                for n in range(3)
            ]
            fits.append({"post": path[-1], "pre": path[0], "mean-path": sum(path) / 3}[score])
        assert aux["share"][i].argmax() == torch.stack(fits).argmin()


def test_halves_judge_each_other():
    method, meta = built(components=2, score="split", deviation=1.0)
    base, given, fits = maml(), one_task(WORLD.tasks(), 0).given, []
    halves = [type(given.support)(*(leaf[at::2] for leaf in given.support)) for at in (0, 1)]
    for group in component_groups(2):
        one, losses = only(meta, group), []
        for a, b in (halves, halves[::-1]):
            half = given._replace(support=a)
            losses.append(WORLD.loss(predict(base, one, rollout(base, one, half, {}, 2), half, b.x), b))
        fits.append(sum(losses) / 2)
    found = method.begin(meta, given, {})["mixture"]["evidence"]
    torch.testing.assert_close(found, -5 * torch.stack(fits) / 2, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("settings", [{}, {"assignment": "hard"}, {"prediction": "weighted"}])
def test_the_query_set_judges_while_training_and_never_at_use(settings):
    """Section 5: evidence of the query loss after adapting to the whole support set; at use that of the support set alone."""
    method, meta = built(components=2, score="query-train-only", deviation=1.0, **settings)
    by_support, _ = built(components=2, deviation=1.0, **settings)
    tasks = WORLD.tasks()
    _, aux = gradient_of(method, tasks, meta=meta)
    alone = maml()
    for i in range(len(tasks.support.x)):
        task = one_task(tasks, i)
        lost = []
        for group in component_groups(2):
            fast = rollout(alone, only(meta, group), task.given, {}, 2)
            outputs = predict(alone, only(meta, group), fast, task.given, task.query.x)
            lost.append((outputs - task.query.y).square().mean())
        expected = shares(-len(task.query.x) * torch.stack(lost) / 2, 1.0, settings.get("assignment") == "hard")
        torch.testing.assert_close(aux["share"][i], expected, rtol=1e-10, atol=1e-13)
        one, other = (each.begin(meta, task.given, {})["mixture"]["evidence"] for each in (method, by_support))
        assert torch.equal(one, other)


# check 5: the order of components


def test_the_order_of_components_does_not_matter():
    method, meta = built(components=3, prediction="weighted")
    order = (2, 0, 1)
    groups = component_groups(3)
    turned = with_components(meta, *(meta.learned[groups[k]] for k in order))
    tasks = WORLD.tasks()
    (found, aux), (other, moved) = (gradient_of(method, tasks, meta=each) for each in (meta, turned))
    torch.testing.assert_close(moved["share"], aux["share"][:, list(order)], rtol=1e-12, atol=0)
    for place, k in enumerate(order):
        assert_close({"init": other[groups[place]]}, {"init": found[groups[k]]}, 1e-11)
    given = one_task(tasks, 0).given
    one, two = (
        predict(method, each, rollout(method, each, given, {}, 2), given, given.query_x) for each in (meta, turned)
    )
    torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-12)


def test_adams_moments_follow_their_components():
    """Check 5: after two outer steps every component's moments and weights stand where its order puts it."""
    method, meta = built(components=3)
    order, groups = (2, 0, 1), component_groups(3)

    def after(*parts):
        began = with_components(meta, *({name: leaf.clone() for name, leaf in part.items()} for part in parts))
        optimizer = OuterOptimizer(began.learned, outer_settings(optimizer="adam", learning_rate=0.01))
        for step in (1, 2):
            found, _ = gradient_of(method, WORLD.tasks(seed=step), meta=began)
            optimizer.step(began.learned, found, step)
        return began, optimizer.tensors(began.learned)

    parts = [meta.learned[group] for group in groups]
    (plain, moments), (turned, moved) = after(*parts), after(*(parts[k] for k in order))
    for place, k in enumerate(order):
        assert_close({"init": turned.learned[groups[place]]}, {"init": plain.learned[groups[k]]}, 1e-9)
        for name in parts[0]:
            for entry in ("exp_avg", "exp_avg_sq"):
                here, there = (f"{group}/{name}/{entry}" for group in (groups[place], groups[k]))
                torch.testing.assert_close(moved[here], moments[there], rtol=1e-8, atol=1e-12)


# the gradient, with responsibilities held


@pytest.mark.parametrize("settings", [{"temperature": 1e13, "start_temperature": 1e13}, {"assignment": "hard"}])
def test_the_gradient_equals_central_differences_where_responsibilities_do_not_move(settings):
    method, meta = built(components=2, **settings)
    tasks = WORLD.tasks()
    found, _ = gradient_of(method, tasks, meta=meta)
    generator = at_step(0, "directions")
    for group, named in found.items():
        for name, leaf in named.items():
            direction = torch.randn(leaf.shape, generator=generator, dtype=D)
            heights = []
            for sign in (2e-6, -2e-6):
                moved = {**meta.learned[group], name: meta.learned[group][name] + sign * direction}
                there = meta._replace(learned={**meta.learned, group: moved})
                heights.append(gradient_of(method, tasks, meta=there)[1]["outer_loss"].mean().item())
            slope = (leaf * direction).sum().item()
            assert slope == pytest.approx((heights[0] - heights[1]) / 4e-6, rel=1e-6, abs=1e-8), f"{group}/{name}"


def test_no_gradient_goes_through_responsibilities_or_scoring():
    """With a query that weighs nothing there is nothing to learn, however the support set scores."""
    method, meta = built(components=2, score="post")
    tasks = WORLD.tasks()
    blind = tasks._replace(query=tasks.query._replace(weight=torch.zeros_like(tasks.query.weight)))
    assert all(not leaf.any() for leaf in flat(gradient_of(method, blind, meta=meta)[0]).values())


# prediction


def test_probabilities_and_values_are_averaged_by_share():
    for name in ("mlp-tanh", "mlp-pictures"):
        world = WORLDS[name]
        method, meta = built(components=2, prediction="weighted", world=world)
        base, given = maml(world=world), one_task(world.tasks(), 0).given
        fast = rollout(method, meta, given, {}, 2)
        share = shares(fast["mixture"]["evidence"], 1.0, False)
        parts = torch.stack([
            predict(base, only(meta, group), rollout(base, only(meta, group), given, {}, 2), given, given.query_x)
            for group in component_groups(2)
        ])  # fmt: skip
        found = predict(method, meta, fast, given, given.query_x)
        if world.spec.task_type == "classification":
            parts, found = parts.softmax(-1), found.softmax(-1)
        torch.testing.assert_close(found, torch.tensordot(share, parts, 1), rtol=1e-10, atol=1e-12)


def test_the_most_responsible_component_alone_is_a_plain_network():
    weighted, meta = built(components=3, prediction="weighted")
    largest, _ = built(components=3)
    given = one_task(WORLD.tasks(), 0).given
    weights = largest.weights(meta, rollout(largest, meta, given, {}, 2))
    alone = weighted.alone(weighted.weights(meta, rollout(weighted, meta, given, {}, 2)))
    assert weights.keys() == alone.keys() == WORLD.net().shapes.keys()
    assert all(torch.equal(leaf, alone[name]) for name, leaf in weights.items())


# what happens between outer steps


def aux_of(share, loss=1.0, new=0.0):
    share = t64(share)
    tasks = len(share)
    return {
        "share": share, "component_loss": share * loss, "query_loss": torch.full((tasks,), loss, dtype=D),
        "new": torch.full((tasks,), new, dtype=D),
    }  # fmt: skip


def shifted(meta, by):
    learned = {group: {name: leaf + by for name, leaf in named.items()} for group, named in meta.learned.items()}
    return meta._replace(learned=learned)


def test_counts_are_a_running_sum_of_the_mass():
    method, meta = built(components=2, decay=0.9)
    meta = meta._replace(state={"mixture": {**meta.state["mixture"], "count": t64([3.0, 1.0])}})
    after = method.advance(meta, meta, aux_of([[0.75, 0.25], [0.5, 0.5]]), ZERO)
    torch.testing.assert_close(after.state["mixture"]["count"], t64([3.95, 1.65]), rtol=1e-12, atol=0)


def test_a_component_without_mass_stays_where_it_was_whatever_its_momentum_says():
    method, meta = built(components=2)
    after = method.advance(meta, shifted(meta, 0.5), aux_of([[1.0, 0.0]] * 3), ZERO)
    assert all(
        torch.equal(leaf, meta.learned["component-2"][name]) for name, leaf in after.learned["component-2"].items()
    )
    assert all(torch.equal(leaf, meta.learned["init"][name] + 0.5) for name, leaf in after.learned["init"].items())


def test_a_component_idle_for_long_is_put_beside_the_one_that_serves_its_tasks_worst():
    method, meta = built(components=3, revive_after=2)
    aux = aux_of([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    aux["component_loss"] = t64([[0.1, 0.0, 0.0], [0.0, 0.9, 0.0]])
    meta = meta._replace(state={"mixture": {**meta.state["mixture"], "idle": torch.zeros(3, dtype=D)}})
    once = method.advance(meta, meta, aux, ZERO)
    assert all(torch.equal(leaf, meta.learned["component-3"][n]) for n, leaf in once.learned["component-3"].items())
    twice = method.advance(once, once, aux, ZERO)
    for name, leaf in twice.learned["component-3"].items():
        donor, old = meta.learned["component-2"][name], meta.learned["component-3"][name]
        torch.testing.assert_close(leaf, donor + 0.1 * (old - donor), rtol=1e-12, atol=1e-14)
    assert twice.state["mixture"]["idle"].tolist() == [0.0, 0.0, 0.0]


def test_near_starts_are_near_and_anew_ones_are_not():
    apart = {}
    for nearby in (True, False):
        learned = built(components=2, nearby=nearby)[0].init(at_step(0, "init")).learned
        one, other = (learned[group]["body.0.weight"] for group in component_groups(2))
        apart[nearby] = ((one - other).norm() / one.norm()).item()
    assert 0 < apart[True] < 0.05
    assert apart[False] > 0.5


# growth


def growing(**changes):
    return built(**{"components": 3, "grow": True, "cooldown": 0, "window": 1, **changes})


def walk(method, meta, *auxes):
    alive = []
    for aux in auxes:
        meta = method.advance(meta, meta, aux, ZERO)
        alive.append(meta.state["mixture"]["alive"].round().tolist())
    return meta, alive


def test_growth_begins_with_one_component_and_the_others_have_no_part():
    method, meta = growing()
    _, aux = gradient_of(method, WORLD.tasks(), meta=method.init(at_step(0, "init")))
    assert aux["share"].tolist() == [[1.0, 0.0, 0.0]] * 4
    assert len(method.components(meta)) == 1


def test_a_component_is_born_where_the_loss_of_a_window_jumps():
    method, _ = growing()
    meta = method.init(at_step(0, "init"))
    calm, loud = aux_of([[1.0, 0.0, 0.0]] * 4, 1.0), aux_of([[1.0, 0.0, 0.0]] * 4, 1.3)
    after, alive = walk(method, meta, calm, calm, loud)
    assert alive == [[1, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert after.state["mixture"]["count"][1].item() == 4
    for name, leaf in after.learned["component-2"].items():
        torch.testing.assert_close(leaf, meta.state["prior"][name], rtol=1e-12, atol=1e-14)
    assert len(method.components(after)) == 2


def test_a_component_is_born_where_a_batch_is_explained_better_by_the_prior():
    method, _ = growing(spawn="prior")
    meta = method.init(at_step(0, "init"))
    share = [[1.0, 0.0, 0.0]] * 4
    after, alive = walk(method, meta, aux_of(share, new=0.4), aux_of(share, new=0.6))
    assert alive == [[1, 0, 0], [1, 1, 0]]
    assert after.state["mixture"]["count"][1].item() == pytest.approx(2.4)


def test_equal_losses_give_no_birth():
    """Check 4: 0.0244 is far below one half."""
    method, _ = growing(spawn="prior")
    meta = method.init(at_step(0, "init"))
    _, alive = walk(method, meta, aux_of([[0.75, 0.25, 0.0]] * 4, new=0.0244))
    assert alive == [[1, 0, 0]]


def test_births_rest_for_a_while_and_end_at_the_capacity():
    share = [[1.0, 0.0, 0.0]] * 4
    method, _ = growing(spawn="prior", cooldown=2)
    _, alive = walk(method, method.init(at_step(0, "init")), *[aux_of(share, new=0.9)] * 9)
    assert [sum(row) for row in alive] == [1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_the_prior_follows_the_mean_of_the_living():
    method, _ = growing(prior_rate=0.25)
    meta = shifted(method.init(at_step(0, "init")), 1.0)
    after = method.advance(meta, meta, aux_of([[1.0, 0.0, 0.0]] * 2), ZERO)
    for name, leaf in after.state["prior"].items():
        expected = 0.75 * meta.state["prior"][name] + 0.25 * meta.learned["init"][name]
        torch.testing.assert_close(leaf, expected, rtol=1e-12, atol=1e-14)


def test_a_component_that_hardly_any_task_uses_is_taken_out_and_its_place_is_free_again():
    method, _ = growing(spawn="prior", decay=0.0, prune_share=0.01, prune_after=3)
    meta = method.init(at_step(0, "init"))
    both = meta._replace(
        state={**meta.state, "mixture": {**meta.state["mixture"], "alive": torch.tensor([1.0, 1.0, 0.0], dtype=D)}}
    )
    lonely, shared = aux_of([[1.0, 0.0, 0.0]] * 4), aux_of([[0.5, 0.5, 0.0]] * 4)
    _, alive = walk(method, both, lonely, lonely, lonely, lonely, lonely)
    assert [row[1] for row in alive] == [1, 1, 0, 0, 0]
    _, alive = walk(method, both, lonely, lonely, shared, lonely, lonely)
    assert [row[1] for row in alive] == [1, 1, 1, 1, 1], "one step with tasks and the clock begins anew"
    after, alive = walk(method, both, lonely, lonely, lonely, lonely, aux_of([[1.0, 0.0, 0.0]] * 4, new=0.9))
    assert [row[1] for row in alive] == [1, 1, 0, 0, 1]
    assert len(method.components(after)) == 2


def test_the_largest_component_is_never_taken_out():
    method, meta = growing(prune_share=0.99, prune_after=1)
    _, alive = walk(method, meta, *[aux_of([[1.0, 0.0, 0.0]] * 4)] * 5)
    assert all(row[0] == 1 for row in alive)


@pytest.mark.parametrize("assignment", ["soft", "hard"])
def test_the_pull_to_the_prior_is_half_its_weight_times_the_distance(assignment):
    method, _ = growing(prior_weight=0.5, assignment=assignment)
    free, _ = growing(prior_weight=0.0, assignment=assignment)
    meta = shifted(method.init(at_step(0, "init")), 0.1)
    with_pull, without = (gradient_of(one, WORLD.tasks(), meta=meta)[0] for one in (method, free))
    for name, leaf in meta.learned["init"].items():
        expected = 0.5 * (leaf - meta.state["prior"][name])
        torch.testing.assert_close(with_pull["init"][name] - without["init"][name], expected, rtol=1e-8, atol=1e-12)
    for name, leaf in with_pull["component-2"].items():  # not born: nothing pulls it
        torch.testing.assert_close(leaf, without["component-2"][name], rtol=0, atol=1e-14)


def test_shapes_never_change_while_it_grows():
    method, meta = growing()
    after, _ = walk(method, meta, *(aux_of([[1.0, 0.0, 0.0]] * 4, loss) for loss in (1.0, 2.0, 4.0, 8.0)))
    for part in Meta._fields:
        before, later = flat(getattr(meta, part)), flat(getattr(after, part))
        assert {key: leaf.shape for key, leaf in before.items()} == {key: leaf.shape for key, leaf in later.items()}


# panels, files, settings


def test_the_panels_show_responsibilities_by_mode_and_the_shares():
    method, meta = built(components=2)
    tasks = WORLD.tasks()._replace(about={"mode": torch.tensor([1, 0, 1, 0])})
    heat, bars = method.panels(meta, tasks, draws_of(method, meta, tasks))
    assert heat.rows == ("mode 1, task 2", "mode 1, task 4", "mode 2, task 1", "mode 2, task 3")
    assert heat.columns == bars.rows == ("component 1", "component 2")
    _, aux = gradient_of(method, tasks, meta=meta, progress=ONE)
    torch.testing.assert_close(heat.values, aux["share"][[1, 3, 0, 2]], rtol=1e-10, atol=1e-12)
    assert bars.values.sum().item() == pytest.approx(1)


def test_the_plain_network_is_the_component_with_the_largest_share():
    method, meta = built(components=3)
    state = {"mixture": {**meta.state["mixture"], "count": t64([1.0, 5.0, 2.0])}}
    plain = method.plain(meta._replace(state=state))
    assert all(torch.equal(leaf, meta.learned["component-2"][name]) for name, leaf in plain.items())
    assert len(method.components(meta)) == 3


def complaints(method, tasks="sinusoid", **changes):
    return [p for p in problems(parse({"method": {"kind": "mixture", **method}, "tasks": {"kind": tasks, **changes}}))
            if p.field.startswith("method")]  # fmt: skip


def test_settings_that_make_no_sense_say_what_to_choose():
    assert complaints({}) == []
    (alone,) = complaints({"components": 1})
    assert not alone.blocking
    (halves,) = complaints({"score": "split"}, shots=1)
    assert halves.blocking
    assert "mean-path" in halves.sentence
    assert complaints({"score": "pre"}, "glyphs")[0].blocking
    assert not complaints({"score": "post"}, shots=1)[0].blocking
    with pytest.raises(BadExperiment, match="components"):
        parse({"method": {"kind": "mixture", "components": 0}})
