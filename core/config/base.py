"""What every settings model shares: frozen, no unknown keys, every field with bounds, a unit where it has one, a sentence."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Settings(BaseModel):
    """A frozen model; the sentence under a field is the form's hint, the help page's text and `--help`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


def decided(settings: Settings) -> dict[str, Any]:
    """JSON-able: what differs from the defaults, and every kind. Unlike a whole dump it stays what it is when a later
    version brings a setting whose default changes nothing."""
    kept: dict[str, Any] = {}
    plain = settings.model_dump(mode="json")
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, Settings):
            kept[name] = decided(value)
        elif name == "kind" or value != field.get_default(call_default_factory=True):
            kept[name] = plain[name]
    return {name: value for name, value in kept.items() if value != {}}


def setting(
    default: Any,
    sentence: str,
    *,
    title: str = "",
    unit: str = "",
    advanced: bool = False,
    holds: str = "",
    words: dict[str, str] | None = None,
    **bounds: Any,
) -> Any:
    """A field with its sentence. title: the label of the form; unit: shown behind the number; advanced: folded away;
    holds: "file" for a path that names a file, "names" for texts that may hold spaces (commas alone part them); words: what a
    person reads for a choice whose key does not say it (core.config.words)."""
    extra: dict[str, JsonValue] = {"unit": unit, "advanced": advanced, "holds": holds, "words": {**(words or {})}}
    return Field(default, description=sentence, title=title or None, json_schema_extra=extra, **bounds)
