"""Alembic's way in: migrates the connection that core.storage.schema hands over, one transaction a migration."""

from alembic import context

from core.storage.rows import Row

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Row.metadata,
    transactional_ddl=True,
    transaction_per_migration=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
