"""Experiment files and `--set`: typing, kinds, paths, and one sentence where something is wrong."""

import tomllib
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import Experiment, find, kinds, parse, presets, put, read, to_text, with_settings
from core.errors import BadExperiment

SINUSOID, GLYPHS = presets()["sinusoid-maml"].experiment, presets()["glyphs-maml"].experiment


def changed(*pairs, experiment=SINUSOID):
    return with_settings(experiment, list(pairs))


# --set


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("inner.steps=5", 5),
        (" inner.steps = 5 ", 5),
        ("outer.steps=1_000", 1000),
        ("inner.learning_rate=1e-3", 0.001),
        ("inner.learning_rate=2", 2.0),
        ("network.hidden=[8, 4]", (8, 4)),
        ("network.hidden=[]", ()),
        ('subset.adapt=["head.*"]', ("head.*",)),
        ("subset.adapt=[]", ()),
        ("inner.order=first", "first"),
        ('inner.order="first"', "first"),
        ("name=a = b", "a = b"),
        ("name=Überlauf, 2. Versuch", "Überlauf, 2. Versuch"),
        ("engine.tier=eager", "eager"),
        ("seed=0", 0),
    ],
)
def test_a_value_is_toml_and_a_bare_word_is_text(pair, value):
    key = pair.partition("=")[0].strip()
    found = changed(pair)
    for part in key.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("word", ["", "none", "None", "null"])
def test_none_empties_a_field(word):
    full = changed("outer.minutes=5", "outer.clip_value=1", "engine.chunk=3")
    emptied = changed(f"outer.minutes={word}", f"outer.clip_value={word}", f"engine.chunk={word}", experiment=full)
    assert (emptied.outer.minutes, emptied.outer.clip_value, emptied.engine.chunk) == (None, None, None)


def test_none_is_a_word_where_it_is_a_choice():
    """network.norm = none switches batch norm off; it does not mean "not set"."""
    assert changed("network.norm=none", experiment=GLYPHS).network.norm == "none"
    assert changed("network.norm=layer", "network.norm=none").network.norm == "none"
    assert changed("network.kind=conv-pooled", "network.norm=none", experiment=GLYPHS).network.norm == "none"


def test_later_settings_win():
    assert changed("seed=1", "seed=2").seed == 2


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["inner.steps"], "--set takes key=value, found 'inner.steps'; for example --set inner.steps=5"),
        (["=3"], "--set takes key=value, found '=3'"),
        (["inner.stepz=3"], "inner.stepz: no such key; did you mean inner.steps?"),
        (["outer.lr=3"], "outer.lr: no such key"),
        (["innner.steps=3"], "did you mean inner"),
        (["xyzzy=3"], "xyzzy: no such key; `headstart tasks`, `methods` and `networks` list the keys"),
        (["inner.steps.x=5"], "inner.steps.x: steps is a single value and has no keys below it"),
        (["inner=5"], "inner: must be a table of settings (found 5)"),
        (["tasks=glyphs"], "tasks: must be a table of settings (found 'glyphs')"),
        (
            ["inner.steps=five"],
            "inner.steps: must be a whole number (found 'five')",
        ),
        (["inner.steps=1.5"], "inner.steps: must be a whole number (found 1.5)"),
        (["inner.steps=-1"], "inner.steps: must be greater than or equal to 0 (found -1)"),
        (["inner.learning_rate=nan"], "inner.learning_rate: must be a finite number (found nan)"),
        (["inner.learning_rate=inf"], "inner.learning_rate: must be a finite number (found inf)"),
        (["inner.learning_rate=0"], "inner.learning_rate: must be greater than 0 (found 0)"),
        (["outer.schedule=Linear"], "outer.schedule: must be 'constant', 'linear' or 'cosine' (found 'Linear')"),
        (["network.hidden=40"], "network.hidden: must be a list, such as [40, 40]"),
        (["network.hidden=[40, 0]"], "network.hidden: each layer has between 1 and 100,000 units (found [40, 0])"),
        (["network.hidden=[-3]"], "network.hidden: each layer has between 1 and 100,000 units (found [-3])"),
        ([f"network.hidden={[4] * 17}"], "network.hidden: must have at most 16 items (found 17)"),
        (["subset.adapt=head.*"], "subset.adapt: must be a list, such as [40, 40] or [\"head.*\"] (found 'head.*')"),
        (["tasks.kind=sinus"], "tasks.kind: 'sinus' is not known; choose one of: sinusoid, "),
        (["method.kind=none"], "method.kind: is missing; choose one of: maml, "),
        (["method.optimizer=sgd"], "method.optimizer: maml has no such key; it belongs to reptile"),
        (["tasks.path=/x"], "tasks.path: sinusoid has no such key; it belongs to omniglot"),
        (["seed=-1", "inner.steps=x"], "seed: must be greater than or equal to 0 (found -1); inner.steps: must be"),
        (["evaluation.tasks=1"], "evaluation.tasks: must be greater than or equal to 2"),
        (["method.kind=hsml", "method.clusters=[]"], "method.clusters: must have at least 1 item (found 0)"),
        (["method.kind=meta-sgd", "method.random_start=[1]"], "method.random_start: lacks its item 2 (found [1])"),
        (["name=" + "x" * 301], "name: String should have at most 300 characters"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(pairs, words):
    with pytest.raises(BadExperiment) as caught:
        changed(*pairs)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "values",
    [5, None, [], "x", {"tasks": 5}, {"tasks": {}}, {"tasks": {"kind": None}}, {"network": {"hidden": [4]}}, {"inner": None},
     {"subset": {"adapt": "head.*"}}, {"method": {"kind": "reptile", "rate": 1}}, {"method": {"kind": ["maml"]}},
     {"method": {"kind": "meta-sgd", "random_start": [0.1]}}, {3: 4}],
)  # fmt: skip
def test_whatever_a_file_holds_a_bad_one_is_one_known_error(values):
    with pytest.raises(BadExperiment) as caught:
        parse(values)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


# kinds


def test_another_kind_drops_what_it_does_not_have_and_keeps_what_it_shares():
    reptile = changed("method.kind=reptile", "method.batch=3", "method.optimizer=sgd")
    assert changed("method.kind=maml", experiment=reptile).method.model_dump() == {"kind": "maml"}
    tasks = changed("tasks.shots=7", "tasks.queries=3", "tasks.noise=0.5", "tasks.kind=life-expectancy").tasks
    assert (tasks.kind, tasks.shots, tasks.queries) == ("life-expectancy", 7, 3)
    assert not hasattr(tasks, "noise")


def test_what_nobody_chose_becomes_the_default_of_the_new_kind():
    """An mlp has no batch norm; a convolutional network has one unless somebody says otherwise."""
    assert changed("network.kind=conv-strided", experiment=changed("tasks.kind=glyphs")).network.norm == "batch"
    assert changed("network.norm=layer", "network.kind=conv-strided").network.norm == "layer"
    assert changed("tasks.kind=glyphs").tasks.shots == 1
    assert changed("tasks.shots=4", "tasks.kind=glyphs").tasks.shots == 4


def test_a_value_that_the_new_kind_does_not_allow_falls_back_to_its_default():
    """Batch norm is no choice of an mlp; 50 shots are more than a country has years."""
    assert changed("network.norm=support", "network.kind=mlp", experiment=GLYPHS).network.norm == "none"
    assert changed("tasks.shots=50", "tasks.kind=life-expectancy").tasks.shots == 3


def test_the_same_kind_again_changes_nothing():
    assert changed("network.kind=mlp", "tasks.kind=sinusoid", "method.kind=maml") == SINUSOID


@pytest.mark.parametrize(
    ("section", "old", "new"),
    [(s, old, new) for s in ("tasks", "network", "method") for old in kinds(s) for new in kinds(s) if old != new],
)
def test_every_change_of_kind_gives_an_experiment(section, old, new):
    found = changed(f"{section}.kind={old}", f"{section}.kind={new}")
    assert getattr(found, section).kind == new
    direct = changed(f"{section}.kind={new}")
    assert type(getattr(found, section)) is type(getattr(direct, section))


def test_put_changes_only_the_values_it_is_given():
    values = SINUSOID.plain()
    put(values, "inner.steps", 9)
    assert values["inner"]["steps"] == 9
    assert SINUSOID.inner.steps != 9


# files


def written(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_needs_only_what_differs(tmp_path):
    found = read(written(tmp_path, "seed = 3\n[inner]\nsteps = 5\n"))
    assert found == Experiment(seed=3, inner={"steps": 5})


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 3\n")
    assert find(str(path)).seed == 3


def test_a_relative_path_is_taken_from_the_files_own_folder(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    text = '[tasks]\nkind = "omniglot"\npath = "../data"\n'
    path = written(tmp_path, text)
    assert read(path).tasks.path == tmp_path / ".." / "data"
    monkeypatch.chdir(tmp_path)
    assert read(Path("mine.toml")).tasks.path == tmp_path / ".." / "data"


def test_a_relative_start_is_taken_from_the_files_own_folder_too(tmp_path, monkeypatch):
    path = written(tmp_path, '[tasks]\nkind = "sinusoid"\n[network]\nkind = "mlp"\nstart = "good/a.safetensors"\n')
    monkeypatch.chdir("/")
    assert read(path).network.start == tmp_path / "good" / "a.safetensors"
    assert f'start = "{tmp_path}/good/a.safetensors"' in to_text(read(path))


@pytest.mark.parametrize("written_as", ["/srv/omniglot", "~/omniglot"])
def test_an_absolute_path_and_a_home_stay_what_they_are(tmp_path, written_as):
    path = written(tmp_path, f'[tasks]\nkind = "omniglot"\npath = "{written_as}"\n')
    assert read(path).tasks.path == Path(written_as).expanduser()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda folder: folder / "none.toml",
            "no experiment file at .*none.toml, and no preset of that name; `headstart presets`",
        ),
        (lambda folder: folder, "is a folder; name a .toml experiment file in it"),
        (lambda folder: written(folder, "seed = = 3"), "is not a TOML file: .*line 1"),
        (lambda folder: written(folder, "[preset]\ntitle = 'x'"), "preset: no such key"),
    ],
)
def test_what_is_no_experiment_file_is_one_sentence(tmp_path, make, words):
    with pytest.raises(BadExperiment, match=words):
        find(str(make(tmp_path)))


def test_a_file_that_is_no_text_is_one_sentence(tmp_path):
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    with pytest.raises(BadExperiment, match="holds bytes that are no text"):
        read(path)


# round trip


def values_of(field):
    """A strategy for a field of a settings model, from its type and bounds."""
    bounds = {}
    for part in field.metadata:
        bounds |= {
            key: getattr(part, key)
            for key in ("ge", "gt", "le", "lt", "min_length", "max_length")
            if hasattr(part, key)
        }
    options = [_values(kind, bounds) for kind in _parts(field.annotation)]
    return st.one_of(options)


def _parts(annotation):
    return get_args(annotation) if type(None) in get_args(annotation) else (annotation,)


def _values(kind, bounds):
    if kind is type(None):
        return st.none()
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(bounds.get("ge", 0), bounds.get("le", 10**6))
    if kind is float:
        low, high = bounds.get("ge", bounds.get("gt", 0.0)), bounds.get("le", bounds.get("lt", 1e6))
        return st.floats(low, high, exclude_min="gt" in bounds, exclude_max="lt" in bounds, allow_nan=False)
    if kind is str:
        return st.text(st.characters(blacklist_categories=("Cs",)), max_size=bounds.get("max_length", 40))
    if kind is Path:
        return st.sampled_from([Path("/data/omniglot"), Path("/tmp/a b/ü")])
    items = get_args(kind)
    if items == (float, float):
        return st.tuples(st.floats(0, 1), st.floats(0, 1))
    inner = st.integers(1, 512) if items[0] is int else st.sampled_from(["head.*", "body.0.*", "*.bias"])
    return st.lists(inner, min_size=bounds.get("min_length", 0), max_size=4).map(tuple)


def models(model):
    fields = {name: values_of(field) for name, field in model.model_fields.items() if name != "kind"}
    return st.builds(model, **fields)


def sections(section):
    return st.one_of([models(model) for model in kinds(section).values()])


@pytest.mark.parametrize(("section", "kind"), [(s, k) for s in ("tasks", "network", "method") for k in kinds(s)])
def test_a_setting_that_may_be_left_empty_is_empty_at_first(section, kind):
    """A file leaves None out, so that an empty field with another default would come back as that default."""
    model = kinds(section)[kind]
    optional = {n: f for n, f in model.model_fields.items() if type(None) in get_args(f.annotation)}
    assert {name: field.default for name, field in optional.items()} == dict.fromkeys(optional)


EXPERIMENTS = st.builds(
    Experiment,
    name=values_of(Experiment.model_fields["name"]),
    seed=values_of(Experiment.model_fields["seed"]),
    **{section: sections(section) for section in ("tasks", "network", "method")},
    **{
        part: models(Experiment.model_fields[part].annotation)
        for part in ("subset", "inner", "outer", "evaluation", "engine")
    },
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(EXPERIMENTS)
def test_what_came_from_settings_goes_through_a_file_unchanged(experiment):
    again = parse(tomllib.loads(to_text(experiment)))
    assert again == experiment
    assert again.digest() == experiment.digest()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(EXPERIMENTS)
def test_no_settings_at_all_change_nothing(experiment):
    assert with_settings(experiment, []) == experiment
