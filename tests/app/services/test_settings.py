import json

from app.services.settings import Settings


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
