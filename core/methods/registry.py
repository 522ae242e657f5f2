"""The methods by kind: what each learns, adapts, costs, and where it is from. Imports no torch; factories are dotted names.

A factory takes (net, loss, recipe, partition, settings) and gives a `core.types.Method`. Adding a method is one entry
here, one settings class in core.config.methods and one module beside this file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from core.types import Loss, Method, Net, Partition, Recipe


class MethodEntry(NamedTuple):
    """second_order: inner.order changes its meta-gradient; learns_steps: it learns numbers for each inner step, so that
    steps beyond the trained ones repeat the last; transductive: it looks at the inputs that it is judged on."""

    kind: str
    title: str
    learns: str
    adapts: str
    costs: str
    paper: str
    sentence: str
    factory: str
    second_order: bool = True
    learns_steps: bool = False
    transductive: bool = False


METHODS: dict[str, MethodEntry] = {
    entry.kind: entry
    for entry in (
        MethodEntry(
            "maml", "MAML",
            "the initial weights",
            "the chosen parameters, by plain gradient steps",
            "second derivatives; first order drops them (FOMAML)",
            "Finn, Abbeel, Levine 2017, arXiv 1703.03400",
            "Weights from which a few gradient steps fit a new task. Head only is ANIL, body only is BOIL.",
            "core.methods.maml:maml",
        ),
        MethodEntry(
            "reptile", "Reptile",
            "the initial weights",
            "the chosen parameters, by ordinary training on minibatches",
            "first derivatives only, but more inner steps",
            "Nichol, Achiam, Schulman 2018, arXiv 1803.02999",
            "Moves the initialization towards the weights that ordinary training on a task reaches.",
            "core.methods.reptile:reptile",
            second_order=False,
        ),
        MethodEntry(
            "meta-sgd", "Meta-SGD",
            "the initial weights and a step size for each of their entries",
            "the chosen parameters, each entry by its own step",
            "as MAML, with twice the learned numbers",
            "Li, Zhou, Chen, Li 2017, arXiv 1707.09835",
            "MAML whose direction and length of the inner step are learned too.",
            "core.methods.maml:meta_sgd",
        ),
        MethodEntry(
            "maml++", "MAML++",
            "the initial weights, a step size for each tensor and step, a normalization for each step",
            "the chosen parameters, each tensor by its own step at each step",
            "as MAML, and the query loss after every step",
            "Antoniou, Edwards, Storkey 2019, arXiv 1810.09502",
            "MAML for several steps, steadied: every step counts at first, and every step has its own learned size.",
            "core.methods.maml_pp:maml_pp",
            learns_steps=True,
        ),
        MethodEntry(
            "cavia", "CAVIA",
            "the network and how a context vector acts on it",
            "the context vector alone, from zero",
            "as MAML, but a task is a few numbers",
            "Zintgraf, Shiarlis, Kurin, Hofmann, Whiteson 2019, arXiv 1810.03642",
            "Adapts a handful of numbers that tell the tasks apart; the network stays as it is.",
            "core.methods.cavia:cavia",
        ),
        MethodEntry(
            "imaml", "iMAML",
            "the initial weights",
            "the chosen parameters, by gradient steps that are pulled to the start",
            "a few Hessian products a task; memory does not grow with the inner steps",
            "Rajeswaran, Finn, Kakade, Levine 2019, arXiv 1909.04630",
            "The gradient of where adaptation ends, not of how it got there: for many inner steps.",
            "core.methods.imaml:imaml",
            second_order=False,
        ),
        MethodEntry(
            "mt-net", "MT-net, T-net",
            "the initial weights, a linear map behind each layer and each unit's chance to move",
            "the chosen parameters of the units that a draw lets move",
            "as MAML, with one more square matrix a layer",
            "Lee, Choi 2018, arXiv 1801.05558",
            "Learns in which directions each layer may move: little depends on the step size.",
            "core.methods.mt_net:mt_net",
        ),
        MethodEntry(
            "platipus", "PLATIPUS",
            "a normal distribution over the initial weights: a mean and two spreads for each, and two step sizes",
            "the chosen parameters of every sampled start, by plain gradient steps; predictions are averaged",
            "as MAML with two more gradients; at use, times the number of samples",
            "Finn, Xu, Levine 2018, arXiv 1806.02817",
            "Samples several starts, so that predictions differ where a few examples leave a task open.",
            "core.methods.platipus:platipus",
        ),
        MethodEntry(
            "ftml", "FTML",
            "the initial weights, anew with every task that arrives",
            "the chosen parameters, by plain gradient steps",
            "as MAML; the tasks so far are all kept",
            "Finn, Rajeswaran, Kakade, Levine 2019, arXiv 1902.08438",
            "Follow the meta leader: MAML on all tasks so far, for tasks that arrive one after another.",
            "core.methods.ftml:ftml",
        ),
        MethodEntry(
            "mmaml", "MMAML",
            "the initial weights, and an encoder of support sets that modulates hidden units",
            "the chosen parameters, from a start that the support set has modulated",
            "as MAML, and a recurrent pass over the support set",
            "Vuorio, Sun, Hu, Lim 2019, arXiv 1910.13616",
            "Reads the support set first and sets each hidden unit's scale and shift: one start serves unlike families of tasks.",
            "core.methods.mmaml:mmaml",
        ),
        MethodEntry(
            "mixture", "Mixture",
            "several initializations, and how often each is used",
            "the chosen parameters of every initialization (hard: of one), by plain gradient steps",
            "as MAML, once for every component; hard assignment has the memory of one",
            "after Jerfel, Grant, Griffiths, Heller 2019, arXiv 1812.06080",
            "Unlike families of tasks get a start of their own; the support set says which one a task begins from.",
            "core.methods.mixture:mixture",
        ),
        MethodEntry(
            "mtl", "MTL",
            "scales and shifts of a pretrained body, and the classifier's start",
            "the classifier, by plain gradient steps",
            "pretraining once; then one pass through the body a task",
            "Sun, Liu, Chua, Schiele 2019, arXiv 1812.02391",
            "Bends a frozen, pretrained network by a scale and a shift for each unit; a task moves the classifier alone.",
            "core.methods.mtl:mtl",
        ),
        MethodEntry(
            "hsml", "HSML",
            "the initial weights, an embedding of support sets, a tree of task clusters and gates",
            "the chosen parameters, from a start whose entries the task's clusters have gated",
            "as MAML, and gates far larger than the network",
            "Yao, Wei, Huang, Li 2019, arXiv 1905.05301",
            "Sorts tasks into learned clusters and rescales every weight of the start by them: like tasks start alike.",
            "core.methods.hsml:hsml",
        ),
        MethodEntry(
            "pooled", "Joint training",
            "one network for all tasks together",
            "nothing while training; the chosen parameters at use (fine-tuning)",
            "one gradient a task: the cheapest",
            "the baseline of every paper",
            "No learning to learn: one network on all data, fine-tuned afterwards.",
            "core.methods.pooled:pooled",
            second_order=False,
        ),
        MethodEntry(
            "predict-from-activations", "Predict from activations",
            "a map from a class's activations to its row of the classifier, over a pretrained body",
            "no parameter: the rows are written in one forward pass",
            "a pretraining stage; then far less than any inner loop",
            "Qiao, Liu, Shen, Yuille 2018, arXiv 1706.03466",
            "A new class is a forward pass of its few examples. It has to beat the nearest class mean, where the map begins.",
            "core.methods.predict_rows:predict_rows",
            second_order=False,
        ),
        MethodEntry(
            "sca", "SCA",
            "the initial weights, a step size for each tensor and step, and a critic of predictions",
            "the chosen parameters: on the support set, then on the query inputs by the critic",
            "as MAML with second derivatives through one more step, and a small critic",
            "Antoniou, Storkey 2019, arXiv 1905.10295",
            "After the labelled steps a learned critic goes on adapting on unlabelled inputs. Compare with MAML of as many "
            "support steps.",
            "core.methods.sca:sca",
            learns_steps=True,
            transductive=True,
        ),
        MethodEntry(
            "leo", "LEO",
            "an encoder, a relation network, a decoder and the step sizes",
            "a short code of the task or class, then the weights made of it",
            "as MAML with second derivatives, and a look at all pairs of the support set",
            "Rusu et al. 2019, arXiv 1807.05960",
            "Adapts in a space of a few numbers. Classification: on features of a pretrained body, any number of classes.",
            "core.methods.leo:leo",
        ),
    )
}  # fmt: skip

FAMILIES: dict[str, tuple[str, ...]] = {
    "One start for all tasks": ("maml", "reptile", "imaml", "ftml"),
    "A start, and how to step from it": ("meta-sgd", "maml++", "mt-net", "sca"),
    "Several starts, for tasks that differ": ("mmaml", "mixture", "hsml", "platipus"),
    "Few numbers move": ("cavia", "leo", "mtl", "predict-from-activations"),
    "To compare with": ("pooled",),
}
"""Every kind once, by what is learned: the order in which a person chooses."""


def make(kind: str, net: "Net", loss: "Loss", recipe: "Recipe", partition: "Partition", settings: Any) -> "Method":
    """The method of that kind, ready for the outer loop."""
    module, name = METHODS[kind].factory.split(":")
    method: Method = getattr(import_module(module), name)(net, loss, recipe, partition, settings)
    return method
