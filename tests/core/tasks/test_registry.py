"""The registry agrees with the settings, and needs no torch."""

import subprocess
import sys
from importlib import import_module

import pytest

from core.config import kinds, settings_class
from core.tasks import TASKS


def test_there_is_an_entry_for_every_kind_of_settings():
    assert set(TASKS) == set(kinds("tasks"))


@pytest.mark.parametrize("kind", TASKS)
def test_an_entry_says_what_the_settings_say_and_its_builder_exists(kind):
    entry = TASKS[kind]
    module, _, function = entry.builder.partition(":")
    assert entry.kind == kind
    assert entry.task_type == settings_class("tasks", kind).task_type
    assert entry.sentence.endswith(".")
    assert callable(getattr(import_module(module), function))


def test_menus_do_not_wait_for_torch():
    code = "import sys, core.tasks; core.tasks.TASKS; print([m for m in ('torch', 'numpy', 'PIL') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
