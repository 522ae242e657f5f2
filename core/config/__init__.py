"""Experiments: what a person can set, once, as fields of frozen models."""

from .experiment import Engine, Evaluation, Experiment, Inner, Outer, Subset
from .files import Preset, find, parse, presets, put, read, to_text, with_settings
from .kinds import kinds, settings_class
from .problems import Problem, bad_experiment, from_validation, known_keys, problems

__all__ = [
    "Engine",
    "Evaluation",
    "Experiment",
    "Inner",
    "Outer",
    "Preset",
    "Problem",
    "Subset",
    "bad_experiment",
    "find",
    "from_validation",
    "kinds",
    "known_keys",
    "parse",
    "presets",
    "problems",
    "put",
    "read",
    "settings_class",
    "to_text",
    "with_settings",
]
