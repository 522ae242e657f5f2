"""Add your own: pictures or a table, looked at before anything of it is used."""
