import json

import pytest

from app.services.settings import DEFAULTS, Settings


def test_a_choice_is_remembered(qapp, tmp_path):
    Settings(tmp_path).set("theme", "dark")
    assert Settings(tmp_path).get("theme") == "dark"


def test_what_was_not_chosen_is_the_default(qapp, tmp_path):
    settings = Settings(tmp_path)
    assert settings.get("theme") == "system"
    assert settings.get("catalog.columns", ["name"]) == ["name"]


def test_none_forgets(qapp, tmp_path):
    settings = Settings(tmp_path)
    settings.set("theme", "dark")
    settings.set("theme", None)
    assert Settings(tmp_path).get("theme") == "system"


def test_a_damaged_or_newer_file_counts_as_empty(qapp, tmp_path):
    for text in ("{", "[]", json.dumps({"version": 99, "values": {"theme": "dark"}}), "\x00"):
        (tmp_path / "settings.json").write_text(text)
        assert Settings(tmp_path).get("theme") == "system"


def test_a_folder_that_cannot_be_written_is_no_error(qapp, tmp_path):
    settings = Settings(tmp_path / "not there")
    settings.set("theme", "dark")
    assert settings.get("theme") == "dark"


@pytest.mark.parametrize(
    ("key", "odd"),
    [("text_scale", "huge"), ("text_scale", float("nan")), ("text_scale", None), ("theme", 7), ("smoothing", [0.5]),
     ("log_loss", "yes"), ("curve_x", {})],
)  # fmt: skip
def test_a_value_of_another_kind_counts_as_not_chosen(qapp, tmp_path, key, odd):
    (tmp_path / "settings.json").write_text(json.dumps({"version": 1, "values": {key: odd}}))
    assert Settings(tmp_path).get(key) == DEFAULTS[key]


def test_a_whole_number_is_a_number(qapp, tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"version": 1, "values": {"text_scale": 1}}))
    assert Settings(tmp_path).get("text_scale") == 1
