"""What the tests of nets, methods and engine are made of: tasks, networks, methods, and how gradients are compared.

Needs torch alone; settings are plain namespaces. A method that is new in the registry is taken with the defaults of its
settings class (the only place where pydantic comes in).
"""

from types import SimpleNamespace
from typing import NamedTuple

import torch

from core import losses
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.methods.registry import METHODS, make
from core.nets import build
from core.partition import resolve
from core.types import Batch, Meta, Method, Net, Partition, Recipe, Task, TaskSpec

D = torch.float64
ZERO = torch.zeros((), dtype=D)
MODES = ("vectorised", "per-task")
TASKS = 4

PLAIN = SimpleNamespace()
SETTINGS = {
    "maml": PLAIN,
    "meta-sgd": SimpleNamespace(random_start=None),
    "reptile": SimpleNamespace(optimizer="adam", batch=None),
    "cavia": SimpleNamespace(context=4, layer=None),
    "imaml": SimpleNamespace(strength=2.0, iterations=3, damping=0.0, solver="proximal", bounded_steps=False),
    "maml++": SimpleNamespace(multi_step_share=0.1, step_rates=True, norm_rows=True, first_order_share=0.0),
    "mt-net": SimpleNamespace(masks="unit", draws="task", metric=True, update_probability=0.99, temperature=1.0),
    "platipus": SimpleNamespace(
        kl_weight=0.1,
        samples=4,
        target_noise=0.3,
        initial_std=0.3,
        initial_gamma=0.05,
        posterior="query",
        kl_warmup=0.0,
    ),
    "ftml": SimpleNamespace(leader="meta", smoothing=0.1, scale="mean"),
    "mmaml": SimpleNamespace(
        modulation="film",
        layers="all",
        order="sorted",
        encoder_width=3,
        encoder_layers=1,
        picture_channels=(3,),
        picture_code=4,
    ),
    "mixture": SimpleNamespace(
        components=2,
        assignment="soft",
        prediction="largest",
        score="auto",
        deviation=1.5,
        prior="uniform",
        nearby=False,
        start_temperature=1.0,
        temperature=1.0,
        anneal=0.0,
        decay=0.99,
        revive_after=0,
        grow=False,
        prior_weight=0.0,
        prune_share=0.0,
        prune_after=2000,
        spawn="jump",
        jump=1.25,
        window=2,
        concentration=1.0,
        threshold=0.5,
        cooldown=2,
        prior_rate=0.01,
    ),
    "mtl": PLAIN,
    "hsml": SimpleNamespace(
        aggregator="recurrent",
        order="classes",
        clusters=(3, 2),
        width=3,
        between=2,
        sigma=2.0,
        assign="linear",
        reconstruction=0.01,
        detach_target=False,
        gate_offset=0.0,
        picture_channels=(3,),
        picture_code=2,
        grow=False,
        most_clusters=4,
        grow_every=2,
        grow_after=2,
    ),
    "pooled": PLAIN,
    "predict-from-activations": SimpleNamespace(map="two-layer", mean_share=0.3, activation="none", scale=True),
    "leo": SimpleNamespace(
        latent_steps=1,
        latent=3,
        hidden=4,
        tuning_rate=0.01,
        kl_weight=0.1,
        penalty_weight=0.0,
        orthogonality=0.1,
        map_decay=1e-3,
        dropout=0.0,
        scale="exp",
        scale_limit=1.0,
        copies=1,
    ),
    "sca": SimpleNamespace(
        critic_steps=1,
        critic="small",
        task_embedding=False,
        parameters=False,
        critic_rate=None,
        learn_rates=True,
        rate_of_critic="own",
        norm_per_step=False,
        reduce="mean",
        critic_norm="batch",
        activation="softplus",
        outer_loss="both",
        epochs=150,
    ),
}


def changed(kind, **changes):
    """Settings of a kind in this table, some of them others."""
    return SimpleNamespace(**{**vars(SETTINGS[kind]), **changes})


def settings_of(kind):
    """Settings of a method kind: a namespace, or the defaults of a kind that this table does not know yet."""
    if kind in SETTINGS:
        return SETTINGS[kind]
    from core.config.kinds import settings_class

    return settings_class("method", kind)()


def t64(*values):
    return torch.tensor(values if len(values) != 1 else values[0], dtype=D)


def outer_settings(**changes):
    """Plain outer SGD, unless said otherwise."""
    plain = {"optimizer": "sgd", "learning_rate": 0.1, "schedule": "constant", "final_share": 0.0, "steps": 100}
    return SimpleNamespace(**{**plain, "weight_decay": 0.0, "clip_value": None, "clip_norm": None, **changes})


# gradients


def gradient_of(method, tasks, mode="vectorised", *, walk="unrolled", chunk=None, meta=None, noise=None, progress=ZERO):
    """(gradient of the mean outer loss, aux) through the engine's eager tier."""
    size = tasks.support.x.shape[0]
    meta = meta or method.init(at_step(0, "init"))
    noise = draws_of(method, meta, tasks) if noise is None else noise
    plan = Plan(mode, chunk or size, 1, "eager", "cpu", "float64", walk=walk)
    return meta_gradient(method, plan)(meta, tasks, noise, progress)


def draws_of(method, meta, tasks, steps=3):
    return method.noise(at_step(0, "noise"), meta, tasks.given, steps)


def flat(groups):
    return {f"{group}/{name}": leaf for group, named in groups.items() for name, leaf in named.items()}


def assert_close(found, expected, rtol):
    """Entry by entry relative to the largest of its tensor. Tensors whose gradient is exactly 0 (a bias below a batch
    norm) hold rounding alone, hence the floor of rtol / 1000 of the largest of all."""
    found, expected = flat(found), flat(expected)
    assert found.keys() == expected.keys()
    most = max(float(leaf.abs().max()) for leaf in expected.values())
    for name, leaf in expected.items():
        bound = rtol * max(float(leaf.abs().max()), most / 1000)
        error = float((found[name] - leaf).abs().max())
        assert error <= bound, f"{name}: off by {error:.3g}, allowed {bound:.3g}"


def assert_close_to_largest(found, expected, rtol):
    """Relative to the largest entry of the whole gradient: what float32 can promise."""
    found, expected = flat(found), flat(expected)
    assert found.keys() == expected.keys()
    most = max(float(leaf.abs().max()) for leaf in expected.values())
    error = max(float((found[name] - leaf).abs().max()) for name, leaf in expected.items())
    assert error <= rtol * most, f"off by {error / most:.3g} of the largest entry"


# tasks


def regression(tasks=TASKS, shots=5, queries=6, dtype=D, seed=0):
    """Sinusoids, the phase and amplitude of each its own."""
    generator = at_step(seed, "cases")
    x = torch.rand(tasks, shots + queries, 1, generator=generator, dtype=D) * 10 - 5
    amplitude, phase = (torch.rand(tasks, 1, 1, generator=generator, dtype=D) * high for high in (5, 3.14))
    y = (amplitude + 0.1) * torch.sin(x - phase)
    return _split(x.to(dtype), y.to(dtype), shots)


def pictures(tasks=TASKS, ways=3, shots=2, queries=2, side=8, dtype=D, seed=0):
    """Noise about one mean picture a class, classes in order as the class distributions give them."""
    generator = at_step(seed, "cases")
    means = torch.rand(tasks, ways, 1, 1, side, side, generator=generator, dtype=D)
    noise = torch.rand(tasks, ways, shots + queries, 1, side, side, generator=generator, dtype=D)
    x = ((means + noise) / 2).to(dtype)
    y = torch.arange(ways)[None, :, None].expand(tasks, ways, shots + queries)
    weight = torch.ones(tasks, ways, shots + queries, dtype=dtype)
    parts = [(slice(shots)), slice(shots, None)]
    support, query = (Batch(*(leaf[:, :, part].flatten(1, 2) for leaf in (x, y, weight))) for part in parts)
    return Task(support, query)


def _split(x, y, shots):
    weight = torch.ones(x.shape[:2], dtype=x.dtype)
    parts = (slice(shots), slice(shots, None))
    support, query = (Batch(*(leaf[:, part] for leaf in (x, y, weight))) for part in parts)
    return Task(support, query)


REGRESSION = TaskSpec("regression", (1,), 1, 5, 6, "cases")
PICTURES = TaskSpec("classification", (1, 8, 8), 3, 2, 2, "cases")


# networks


def mlp(**changes):
    defaults = {"kind": "mlp", "hidden": (6, 5), "activation": "tanh", "norm": "none", "init": "he", "head": "fixed"}
    return SimpleNamespace(**{**defaults, **changes})


def conv(form, **changes):
    defaults = {"kind": f"conv-{form}", "filters": 3, "depth": 2, "norm": "batch", "init": "glorot", "head": "fixed"}
    return SimpleNamespace(**{**defaults, **changes})


class World(NamedTuple):
    """A network's settings and what it learns on."""

    settings: object
    spec: TaskSpec

    def tasks(self, dtype=D, count=TASKS, seed=0):
        draw = regression if self.spec is REGRESSION else pictures
        return draw(count, dtype=dtype, seed=seed)

    def net(self, *, whole_norm=False, channels_last=False, dtype=D) -> Net:
        return build(self.settings, self.spec, whole_norm=whole_norm, channels_last=channels_last, dtype=dtype)

    @property
    def loss(self):
        return losses.loss_of(self.spec.task_type)


WORLDS = {
    "mlp-relu": World(mlp(activation="relu"), REGRESSION),
    "mlp-tanh": World(mlp(), REGRESSION),
    "mlp-layer": World(mlp(norm="layer"), REGRESSION),
    "mlp-vector": World(mlp(input_vector=3), REGRESSION),
    "mlp-pictures": World(mlp(activation="leaky-relu"), PICTURES),
    "mlp-pictures-shared": World(mlp(activation="softplus", head="shared"), PICTURES),
    **{
        f"{form}-{norm}-{head}": World(conv(form, norm=norm, head=head), PICTURES)
        for form in ("strided", "pooled")
        for norm in ("batch", "support", "none", "layer")
        for head in ("fixed", "shared")
    },
}


# methods


FROZEN_BODY = {"leo"}
"""Kinds that in classification adapt the head alone, over a body that is frozen."""


class Case(NamedTuple):
    """One way to set a method up."""

    kind: str
    settings: object = None
    adapt: tuple[str, ...] | None = None
    freeze: tuple[str, ...] = ()
    order: str = "second"
    clip: float | None = None
    steps: int = 2
    rate: float | None = None

    def partition(self, net: Net) -> Partition:
        return resolve(SimpleNamespace(adapt=self.adapt, freeze=self.freeze), net, ruled=self._held(net))

    def _held(self, net: Net) -> tuple[str, ...]:
        """The body, where a method keeps it as pretraining left it; here only pictures have several outputs."""
        holds = self.kind in FROZEN_BODY and net.outputs > 1
        return tuple(name for name in net.shapes if name not in net.head) if holds else ()

    def method(self, net: Net, loss) -> Method:
        usual = 0.5 if loss is losses.cross_entropy else 0.05
        recipe = Recipe(self.steps, usual if self.rate is None else self.rate, self.order == "first", self.clip)
        settings = settings_of(self.kind) if self.settings is None else self.settings
        return make(self.kind, net, loss, recipe, self.partition(net), settings)

    def meta(self, method: Method) -> Meta:
        """A start as in the middle of a run: biases off zero, so that no gradient vanishes, and an inner Adam's moments
        off theirs, for its first step is the sign of the gradient and turns rounding into steps of full size."""
        meta = method.init(at_step(0, "init"))
        generator = at_step(0, "shake")

        def shaken(groups):
            return {
                group: {
                    name: leaf + 0.1 * torch.randn(leaf.shape, generator=generator, dtype=D).to(leaf.dtype)
                    for name, leaf in named.items()
                }
                for group, named in groups.items()
            }

        state = {
            g: {n: leaf + (10 if g == "count" else 0.01) for n, leaf in named.items()}
            for g, named in meta.state.items()
        }
        return Meta(shaken(meta.learned), shaken(meta.fixed), state)


CLASSES_ONLY = {"predict-from-activations"}
"""They write a row for every class, and regression has none."""


FIXED_HEAD = {"cavia"}
"""They adapt no head, and the equal rows of a shared one would stay equal."""


def sensible(kind: str, world: World) -> bool:
    if kind in FIXED_HEAD and world.settings.head == "shared":
        return False
    return not (kind in CLASSES_ONLY and world.spec is REGRESSION)


KINDS = {kind: Case(kind) for kind in METHODS}
"""Every kind of the registry as it comes."""

SUBSETS = {
    "anil": {"adapt": ("head.*",)},
    "boil": {"adapt": ("body.*",)},
    "all": {"adapt": ("*",)},
    "frozen-part": {"freeze": ("body.0.*",)},
    "frozen-but-adapted": {"adapt": ("*",), "freeze": ("head.*",)},
    "first-order": {"order": "first"},
    "clipped": {"clip": 0.05},
}

NONSENSE = {
    "predict-from-activations": tuple(SUBSETS),
    "leo": (
        "boil",
        "frozen-part",
        "frozen-but-adapted",
    ),  # what it makes has no start to freeze; of pictures that is the head
    "cavia": ("anil", "boil", "all", "frozen-part", "frozen-but-adapted"),
}
"""Subsets that a method's complaints keep from starting (or that change nothing), by kind."""

VARIANTS = {
    **{
        f"{kind}-{name}": Case(kind, **changes)
        for kind in METHODS
        for name, changes in SUBSETS.items()
        if name not in NONSENSE.get(kind, ())
    },
    "reptile-sgd": Case("reptile", SimpleNamespace(optimizer="sgd", batch=None)),
    "reptile-minibatches": Case("reptile", SimpleNamespace(optimizer="adam", batch=2), steps=3),
    "ftml-joint": Case("ftml", changed("ftml", leader="joint")),
    "maml-no-step": Case("maml", steps=0),
    "meta-sgd-drawn-rate": Case("meta-sgd", SimpleNamespace(random_start=(0.005, 0.1))),
    "cavia-first-block": Case("cavia", changed("cavia", context=2, layer=1)),
    "imaml-released": Case("imaml", changed("imaml", solver="released", damping=1.0)),
    "imaml-bounded": Case("imaml", changed("imaml", bounded_steps=True)),
    "imaml-first-order": Case("imaml", changed("imaml", iterations=0)),
    "maml++-later": Case("maml++", changed("maml++", multi_step_share=0.0, norm_rows=False), steps=3),
    "maml++-one-step": Case("maml++", steps=1),
    "maml++-first-order-first": Case("maml++", changed("maml++", first_order_share=0.5)),
    "mt-net-half-open": Case("mt-net", changed("mt-net", update_probability=0.5, temperature=0.5)),
    "mt-net-full": Case("mt-net", changed("mt-net", masks="weight", draws="step", update_probability=0.5)),
    "mt-net-drawn-by-step": Case("mt-net", changed("mt-net", draws="step", update_probability=0.5)),
    "mixture-weighted": Case("mixture", changed("mixture", prediction="weighted", score="mean-path")),
    "mixture-hard": Case("mixture", changed("mixture", assignment="hard", score="post")),
    "mixture-by-query": Case("mixture", changed("mixture", score="query-train-only")),
    "mixture-growing": Case(
        "mixture", changed("mixture", components=3, grow=True, spawn="prior", prior="counts", prior_weight=0.1)
    ),
    "mixture-growing-hard": Case("mixture", changed("mixture", components=3, grow=True, assignment="hard")),
    "m-net": Case("mt-net", changed("mt-net", metric=False, update_probability=0.5)),
    "leo-drawn-weights": Case(
        "leo", changed("leo", latent_steps=2, penalty_weight=0.1, scale="shifted", copies=2, dropout=0.3), steps=3
    ),
    "leo-generator": Case("leo", steps=0),
    "t-net": Case("mt-net", changed("mt-net", masks="none")),
    "rows-released": Case(
        "predict-from-activations", changed("predict-from-activations", activation="relu", scale=False)
    ),
    "rows-linear": Case("predict-from-activations", changed("predict-from-activations", map="linear")),
    "sca-all-seen": Case("sca", changed("sca", norm_per_step=True, task_embedding=True, parameters=True)),
    "mmaml-first-layer": Case("mmaml", changed("mmaml", layers="first", order="given", encoder_layers=2)),
    "mmaml-gates": Case("mmaml", changed("mmaml", modulation="sigmoid", picture_channels=(3, 2))),
    "mmaml-attention": Case("mmaml", changed("mmaml", modulation="softmax")),
    "mmaml-no-step": Case("mmaml", steps=0),
    "hsml-blocks": Case("hsml", changed("hsml", order="blocks")),
    "hsml-mean": Case("hsml", changed("hsml", aggregator="mean", assign="gaussian")),
    "hsml-growing": Case("hsml", changed("hsml", grow=True, clusters=(2, 2, 2))),
    "hsml-constant-target": Case("hsml", changed("hsml", detach_target=True, clusters=(2,), gate_offset=1.0)),
    "sca-dilated": Case("sca", changed("sca", critic="dilated", parameters=True, reduce="sum", critic_norm="none")),
    "sca-as-released": Case(
        "sca", changed("sca", critic="dilated", reduce="sum", rate_of_critic="shared", activation="relu")
    ),
    "sca-two-critic-steps": Case("sca", changed("sca", critic_steps=2, learn_rates=False, outer_loss="after")),
    "sca-no-critic": Case("sca", changed("sca", critic_steps=0)),
    "platipus-both": Case("platipus", changed("platipus", posterior="both")),
}
"""Every kind with every subset, and the settings that take another path through the code."""
