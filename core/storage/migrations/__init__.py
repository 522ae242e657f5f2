"""Schema changes, one file each in versions/, run by core.storage.schema. SCHEMA is the newest."""

SCHEMA = "0002"
