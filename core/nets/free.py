"""Sizes that are not numbers yet: of a program that is being exported (core.export), whose examples may be any number."""

import torch


def is_free(size: object) -> bool:
    """Is it a symbol of a trace?"""
    return isinstance(size, torch.SymInt)
