"""The first schema: runs, their numbers in blocks, initializations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("facts", _text("key", primary_key=True), _text("value"))
    _create_runs()
    _create_initializations()
    _create_numbers()
    _create_files_and_log()


def _text(name: str, *more: sa.ForeignKey, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), *more, nullable=nullable, primary_key=primary_key)


def _int(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable, primary_key=primary_key)


def _real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _blob(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _yes_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _of_run(*, primary_key: bool = False) -> sa.Column[str]:
    return _text("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=primary_key)


def _shelf() -> list[sa.Column[object]]:
    return [_json("tags"), _text("note"), _yes_no("starred"), _real("trashed", nullable=True)]  # type: ignore[list-item]


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=unique)


def _create_runs() -> None:
    op.create_table(
        "runs",
        _text("id", primary_key=True),
        *(_text(name) for name in ("name", "status", "method", "tasks", "network", "experiment")),
        _text("group_name", nullable=True),
        _real("created"),
        _real("started", nullable=True),
        _real("ended", nullable=True),
        _int("step"),
        _int("total_steps"),
        _real("seconds"),
        _real("loss", nullable=True),
        _real("accuracy", nullable=True),
        _int("best_step", nullable=True),
        _real("best_loss", nullable=True),
        _text("device"),
        *(_json(name) for name in ("engine", "counts", "rates", "versions")),
        _text("message"),
        *_shelf(),
        _int("bytes"),
        _blob("spark", nullable=True),
        _json("owner", nullable=True),
        _real("heartbeat", nullable=True),
    )
    _index("runs", "status")
    _index("runs", "created")


def _create_initializations() -> None:
    op.create_table(
        "initializations",
        _text("id", primary_key=True),
        _text("name"),
        _text("run", sa.ForeignKey("runs.id", ondelete="SET NULL"), nullable=True),
        _int("step"),
        _text("path"),
        _text("sha256"),
        _int("bytes"),
        _real("created"),
        *(_text(name) for name in ("method", "tasks", "network")),
        _real("loss", nullable=True),
        _real("accuracy", nullable=True),
        *_shelf(),
    )
    _index("initializations", "run")
    _index("initializations", "created")


def _create_numbers() -> None:
    op.create_table(
        "series",
        _int("id", primary_key=True),
        *(_int(name) for name in ("first_step", "last_step", "count")),
        _blob("block"),
        _of_run(),
    )
    _index("series", "run", "first_step", unique=True)
    op.create_table(
        "validations",
        _int("id", primary_key=True),
        _int("step"),
        _real("seconds"),
        _yes_no("best"),
        _real("loss", nullable=True),
        _blob("block"),
        _of_run(),
    )
    _index("validations", "run", "step", unique=True)
    op.create_table("random_starts", _of_run(primary_key=True), _blob("block"))
    op.create_table(
        "evaluations",
        _of_run(primary_key=True),
        _int("step"),
        _text("digest"),
        _json("names", nullable=True),
        _blob("block"),
        _blob("random_start"),
    )


def _create_files_and_log() -> None:
    op.create_table(
        "checkpoints",
        _int("id", primary_key=True),
        _int("step"),
        *(_text(name) for name in ("path", "sha256")),
        _int("bytes"),
        _text("reason"),
        _of_run(),
    )
    _index("checkpoints", "run", "path", unique=True)
    op.create_table(
        "log", _int("id", primary_key=True), _real("created"), _int("step", nullable=True), _text("text"), _of_run()
    )
    _index("log", "run")
