"""The style sheet: what Fusion and a QPalette cannot say. Colours by role, sizes from the type scale."""

from string import Template

from .marks import places
from .palette import PALETTES, blend

_LARGE = 16  # pixels of text with which a row of tabs needs the room of its gaps
_SHEET = Template("""
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }
QLabel { background: transparent; }
QAbstractScrollArea { background: transparent; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="small"] { font-size: ${small}px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="caption"] { color: $muted; font-size: ${small}px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="value"] { font-size: ${heading}px; }

QFrame[role="rail"] { background: $surface; border: none; border-right: 1px solid $border; }
QFrame#strip\\.run { border: 1px solid transparent; border-radius: 6px; }
QFrame#strip\\.run:focus { border-color: $focus; }
QFrame[role="strip"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: 8px; }
QFrame[role="card"][state="good"], QFrame[role="card"][state="warn"], QFrame[role="card"][state="bad"] {
    border-top-left-radius: 0; border-bottom-left-radius: 0; }
QFrame[role="card"][state="good"] { border-left: 4px solid $good; }
QFrame[role="card"][state="warn"] { border-left: 4px solid $warn; }
QFrame[role="card"][state="bad"] { border-left: 4px solid $bad; }
QFrame[role="card"][clickable="true"]:hover { border-color: $accent; }
QFrame[role="card"][clickable="true"]:focus { border: 2px solid $focus; }
QFrame[role="card"][selected="true"] { border: 2px solid $accent; background: $accent_soft; }
QFrame[role="toast"] { background: $raised; border: 1px solid $border; border-left: 4px solid $accent;
    border-radius: 6px; border-top-left-radius: 0; border-bottom-left-radius: 0; }
QFrame[role="toast"][state="error"] { border-left-color: $bad; }
QFrame[role="toast"][state="done"] { border-left-color: $good; }
QLabel[role="values"] { background: $raised; color: $text; border: 1px solid $border; border-radius: 4px; padding: 3px 6px;
    font-size: ${small}px; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="panel"] { background: $surface; border: 1px solid $border; border-radius: 8px; }
QFrame[role="palette"] { background: $surface; border: 1px solid $border; border-radius: 10px; }

QPushButton { background: $surface; color: $text; border: 1px solid $border; border-radius: 6px;
              padding: 4px 14px; min-height: 20px; }
QPushButton:hover { border-color: $muted; background: $raised; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: 2px solid $focus; padding: 3px 13px; }
QPushButton:disabled { color: $disabled; background: $window; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 4px double $on_accent; padding: 1px 11px; }
QPushButton[role="primary"]:disabled { background: $window; color: $disabled; border-color: $border; }
QPushButton[role="link"] { background: transparent; border: none; color: $accent; padding: 2px 2px; min-height: 18px;
                           text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $focus; border-radius: 4px; padding: 1px 1px; }
QPushButton::menu-indicator { width: 0px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px; color: $text; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border: 1px solid $focus; }
QToolButton::menu-indicator { image: none; width: 0px; }
QToolButton[role="strip"] { color: $muted; font-size: ${small}px; }
QToolButton[role="fold"] { padding: 4px 4px 4px 0; }
QToolButton[role="rail"] { padding: 7px 10px; text-align: left; border: 1px solid transparent; }
QToolButton[role="rail"]:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QToolButton[role="rail"]:focus { border: 1px solid $focus; }
QToolButton[role="chip"] { border: 1px solid $border; padding: 3px 6px; font-size: ${small}px; }
QToolButton[role="chip"]:checked { background: $accent_soft; border-color: $accent; color: $accent; }
QToolButton[role="chip"]:focus { border: 2px solid $focus; padding: 2px 5px; }

QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px; padding: 4px 8px;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $muted; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 20px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus { border: 2px solid $focus; padding: 3px 7px; }
QLineEdit[state="bad"], QSpinBox[state="bad"], QDoubleSpinBox[state="bad"], QComboBox[state="bad"] {
    border: 1px solid $bad; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $disabled; background: $window; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$mark_down"); width: 12px; height: 12px; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { border: none; padding: 0; background: transparent;
    min-height: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; border: none; width: 22px;
    background: transparent; margin: 1px; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; border-radius: 4px; }
QAbstractSpinBox::up-arrow { image: url("$mark_up"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$mark_down"); width: 10px; height: 10px; }

QCheckBox, QRadioButton { spacing: 8px; border: 1px solid transparent; border-radius: 4px; padding: 1px 2px; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QAbstractItemView::indicator, QGroupBox::indicator { width: 14px; height: 14px;
    border: 1px solid $muted; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked, QGroupBox::indicator:checked {
    background: $accent; border-color: $accent; image: url("$mark_check"); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $accent; border-color: $accent; image: url("$mark_minus"); }
QCheckBox::indicator:disabled, QAbstractItemView::indicator:disabled { background: $window; border-color: $border; }
QCheckBox::indicator:checked:disabled { background: $muted; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $muted; border-radius: 8px; background: $surface; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; border-radius: 8px;
    background: $on_accent; }
QRadioButton::indicator:disabled { border-color: $border; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $border; outline: 0;
    selection-background-color: $accent_soft; selection-color: $text; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget#scroll\\.body { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 4px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTableView, QTreeView, QListView { background: $surface; alternate-background-color: $raised; border: 1px solid $border;
    border-radius: 8px; gridline-color: $grid; outline: 0;
    selection-background-color: $accent_soft; selection-color: $text; }
QListView { padding: 4px; }
QListView::item { border-radius: 4px; }
QTableView, QTreeView { padding: 1px; }
QTableView:focus, QTreeView:focus { border: 2px solid $focus; padding: 0; }
QListView:focus { border: 2px solid $focus; padding: 3px; }
QTableView::item, QListView::item, QTreeView::item { padding: 3px 6px; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected {
    background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 5px 9px; font-size: ${small}px; }
QHeaderView::section:horizontal:first { border-top-left-radius: 7px; }
QHeaderView::section:horizontal:last { border-top-right-radius: 7px; }
QHeaderView::section:horizontal:only-one { border-top-left-radius: 7px; border-top-right-radius: 7px; }
QTableCornerButton::section { background: $surface; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }

QProgressBar { background: $track; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { background: $track; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: $surface; border: 2px solid $accent; width: 12px; height: 12px; margin: -6px 0;
    border-radius: 8px; }
QSlider::handle:horizontal:focus { background: $accent; }
QSlider:disabled { color: $disabled; }
QSlider::sub-page:horizontal:disabled { background: $track; }
QSlider::handle:horizontal:disabled { border-color: $border; }

QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px ${tab}px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:selected:focus { color: $accent; border: 2px solid $focus; border-radius: 4px; padding: 4px ${tab_focused}px 6px; }
QMenu { background: $surface; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 20px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QSplitter::handle { background: transparent; }
QGroupBox { border: 1px solid $border; border-radius: 8px; margin-top: 12px; padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; color: $muted; }
""")


def stylesheet(theme: str, sizes: dict[str, int]) -> str:
    """The sheet of a theme; sizes: pixels of title, heading, body and small."""
    palette = PALETTES[theme]
    colors = {role: value for role, value in vars(palette).items() if role != "series"}
    derived = {
        "hover": blend(palette.text, palette.surface, 0.07),
        "disabled": palette.disabled,
        "track": track(theme),
        "accent_hover": blend(palette.accent, palette.text, 0.86),
    }
    beside = 12 if sizes["body"] < _LARGE else 6
    scale = {role: str(size) for role, size in sizes.items()} | {"tab": str(beside), "tab_focused": str(beside - 2)}
    return _SHEET.substitute(colors | derived | places(theme) | scale)


def track(theme: str) -> str:
    """What a bar fills and a slider runs on. In high contrast the border is as bright as what fills it: empty would look full."""
    palette = PALETTES[theme]
    return palette.grid if theme == "contrast" else palette.border
