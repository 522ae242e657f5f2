from tests.app.pages import empty, make_workspace, theme, varied, varied_folder

__all__ = ["empty", "make_workspace", "theme", "varied", "varied_folder"]
