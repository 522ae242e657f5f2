"""What can be done to selected rows; what fails is said, never raised."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from app.models import words
from app.models.compared import compare_these, toggle
from app.models.table import RecordTable
from app.pages.asking import ask_path, file_name
from app.plots.table import Table, show_table
from app.services.background import run_in_background
from app.workspace import Workspace
from core.config import Experiment
from core.errors import CoreError
from core.storage.records import InitializationRecord, RunRecord

Record = RunRecord | InitializationRecord


class Deeds:
    """Bound to the page that asks. Every method takes the records it is about."""

    def __init__(self, workspace: Workspace, page: QWidget) -> None:
        self._workspace = workspace
        self._page = page

    def attempt(self, work: Callable[[], Any]) -> bool:
        """Do it; a known error becomes a message and False."""
        try:
            work()
        except CoreError as error:
            self._workspace.notify(str(error), "error")
            return False
        finally:
            self._workspace.look()
        return True

    def rename(self, record: Record, name: str) -> bool:
        return self.attempt(lambda: self._workspace.catalog.rename_run(record.id, name))

    def set_tags(self, record_id: str, text: str) -> None:
        tags = _tags(text)
        self.attempt(lambda: self._workspace.catalog.set_tags(record_id, tags))

    def set_note(self, record_id: str, text: str) -> None:
        self.attempt(lambda: self._workspace.catalog.set_note(record_id, text))

    def set_star(self, record_id: str, starred: bool) -> None:
        self.attempt(lambda: self._workspace.catalog.set_star(record_id, starred))

    def show_losses(self, runs: Sequence[RunRecord]) -> None:
        """The small lines of the table as numbers."""
        rows: Table = [("run", "point", "outer loss")]
        rows += [(run.name, at + 1, value) for run in runs for at, value in enumerate(run.spark)]
        show_table(self._page, "Outer loss", rows)

    def star(self, records: Sequence[Record]) -> None:
        """Star all; if all have one, take it away."""
        starred = not all(record.starred for record in records)
        catalog = self._workspace.catalog
        self.attempt(lambda: [catalog.set_star(record.id, starred) for record in records])

    def add_tags(self, records: Sequence[Record]) -> None:
        text, given = QInputDialog.getText(
            self._page, "Add tags", f"Tags for {words.counted(len(records), 'row')}, separated by commas:"
        )
        if given and text.strip():
            catalog, new = self._workspace.catalog, _tags(text)
            self.attempt(lambda: [catalog.set_tags(record.id, [*record.tags, *new]) for record in records])

    def compare(self, records: Sequence[Record]) -> None:
        ids = [record.id for record in records]
        compare_these(self._workspace.settings, ids)
        self._workspace.navigate.emit("compare", ",".join(ids))

    def toggle_compare(self, records: Sequence[Record]) -> None:
        added = toggle(self._workspace.settings, [record.id for record in records])
        told = words.counted(len(records), "run")
        self._workspace.notify(
            f"{told} added to Compare" if added else f"{told} taken out of Compare",
            "info",
            ("Compare", lambda: self._workspace.navigate.emit("compare", "")) if added else None,
        )

    def try_it(self, reference: str) -> None:
        self._workspace.navigate.emit("tryit", reference)

    def duplicate(self, run_id: str | None) -> None:
        self._workspace.navigate.emit("setup", run_id or "")

    def resume(self, records: Sequence[Record]) -> None:
        """Queue them; Live shows the first."""
        ids = [record.id for record in records]
        if self.attempt(lambda: [self._workspace.runner.resume(one) for one in ids]):
            self._workspace.navigate.emit("live", ids[0])

    def trash(self, records: Sequence[Record], what: str) -> None:
        ids = [record.id for record in records]
        if self.attempt(lambda: self._workspace.catalog.trash(ids)):
            told = f"{_named(records, what)} moved to the trash"
            self._workspace.notify(told, "done", ("Undo", lambda: self._undo(ids)))

    def _undo(self, ids: list[str]) -> None:
        self.attempt(lambda: self._workspace.catalog.restore(ids))

    def restore(self, records: Sequence[Record], what: str) -> None:
        if self.attempt(lambda: self._workspace.catalog.restore([record.id for record in records])):
            self._workspace.notify(f"{_named(records, what)} restored", "done")

    def purge(self, records: Sequence[Record], what: str) -> None:
        """Asks once, because nothing brings them back."""
        total = words.size(sum(record.bytes for record in records))
        asked = QMessageBox.question(
            self._page,
            "Delete for good?",
            f"{_named(records, what)} and {total} of files will be deleted. This cannot be undone.",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        ids = [record.id for record in records]
        if asked == QMessageBox.StandardButton.Yes and self.attempt(lambda: self._workspace.catalog.purge(ids)):
            self._workspace.notify(f"{_named(records, what)} deleted", "done")

    def export_rows(self, model: RecordTable[Any], records: Sequence[Record], what: str) -> None:
        """The table as it is shown: CSV, Markdown or LaTeX by the ending."""
        from core.analysis.tables import FORMATS

        path = self._ask("Export the table", f"{what}s.csv", "CSV (*.csv);;Markdown (*.md);;LaTeX (*.tex)")
        if path is None:
            return
        columns = [column for column in model.columns if column.key not in ("star", "spark", "compare")]
        rows = [[column.text(record) for column in columns] for record in records]
        write = FORMATS.get(path.suffix.lower(), FORMATS[".csv"])
        self._write(path, write([column.title for column in columns], rows).encode())

    def export_experiment(self, record: RunRecord) -> None:
        """The file that repeats the run."""
        from core.config import to_text

        path = self._ask("Export the experiment file", f"{file_name(record.name)}.toml", "Experiment file (*.toml)")
        if path is not None:
            self._write(path, to_text(record.experiment).encode())

    def export_file(self, record_id: str) -> None:
        """The page of the initialization asks what and where."""
        self._workspace.navigate.emit("initialization", f"{record_id}?export")

    def export_figure(self, records: Sequence[RunRecord]) -> None:
        """Outer loss and adaptation of these runs, as compare --figure draws them."""
        name = file_name(records[0].name) if len(records) == 1 else "comparison"
        path = self._ask("Export a figure", f"{name}.pdf", "PDF (*.pdf);;SVG (*.svg);;PNG (*.png)")
        if path is None:
            return
        catalog, ids = self._workspace.catalog, [record.id for record in records]

        def draw() -> Path:
            from core.analysis.figures import compare_figure

            return compare_figure(path, catalog, ids)

        self.drawing = run_in_background(draw, self.written, self.failed)

    def export_series(self, record: RunRecord) -> None:
        """Every number of the run as one table, its settings beside it."""
        self._series(
            record, self._ask("Export series", f"{file_name(record.name)}.csv", "CSV (*.csv);;Parquet (*.parquet)")
        )

    def export_events(self, record: RunRecord) -> None:
        """A folder that TensorBoard shows as one run."""
        name = file_name(record.name).replace(".", "-")
        self._series(record, self._ask("A new folder for TensorBoard", name, "Folder (*)"))

    def _series(self, record: RunRecord, path: Path | None) -> None:
        if path is None:
            return
        catalog = self._workspace.catalog

        def export() -> Path:
            from core.export.series import export_series

            export_series(catalog, record.id, path)
            return path

        self.exporting = run_in_background(export, self.written, self.failed)

    def import_file(self) -> None:
        """What was exported, checked, as an initialization of this catalog; of a plain state_dict its network is asked."""
        kinds = "Initializations, programs and state_dicts (*.safetensors *.pt2 *.onnx *.pt);;All files (*)"
        text, _ = QFileDialog.getOpenFileName(self._page, "Import a file", str(Path.home()), kinds)
        if text:
            self.offered(Path(text))

    def offered(self, path: Path) -> None:
        from core.export.taking import is_plain

        try:
            plain = is_plain(path)
        except CoreError as error:
            return self.failed(str(error))
        if not plain:
            return self.take(path)
        from app.pages.help.aside import explain  # reads all help pages: the catalog opens without

        from .network_question import NetworkQuestion

        question = NetworkQuestion(path.name, self._workspace.catalog.runs(), self._page)
        explain(question, "exported-files", self._workspace.theme)
        if question.exec() == NetworkQuestion.DialogCode.Accepted:
            self.take(path, question.experiment)
        return None

    def take(self, path: Path, network: Experiment | Path | None = None) -> None:
        """Reading and checking go on in the background. network: of a plain state_dict."""
        catalog = self._workspace.catalog
        renamed: list[str] = []

        def work() -> tuple[InitializationRecord, list[str]]:
            from core.export.taking import take

            from .network_question import read

            experiment = None if network is None else read(network)
            return take(catalog, path, experiment=experiment, told=renamed.append), renamed

        self.importing = run_in_background(work, self._taken, self.failed)

    def _taken(self, found: tuple[InitializationRecord, list[str]]) -> None:
        record, renamed = found
        self._workspace.look()
        show = ("Show", lambda: self._workspace.navigate.emit("initialization", record.id))
        self._workspace.notify(". ".join((f"Imported: {record.name}", *renamed)), "done", show)

    def written(self, path: Path) -> None:
        self._workspace.notify(f"Written: {path}", "done")

    def failed(self, sentence: str) -> None:
        self._workspace.notify(sentence, "error")

    def _write(self, path: Path, content: bytes) -> None:
        from core.storage.files import atomic_write

        if self.attempt(lambda: atomic_write(path, content)):
            self.written(path)

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        return ask_path(self._page, title, name, kinds)


def _tags(text: str) -> list[str]:
    return [tag for tag in (part.strip() for part in text.split(",")) if tag]


def _named(records: Sequence[Record], what: str) -> str:
    if len(records) == 1:
        return f"“{words.shortened(records[0].name, 40)}”"
    return words.counted(len(records), what)
