"""What one would otherwise do, on the same test tasks, and the units of the target."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("alternatives", sa.LargeBinary(), nullable=True))
    op.add_column("evaluations", sa.Column("target", sa.JSON(none_as_null=True), nullable=True))
