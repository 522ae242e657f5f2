"""What a screen reader says of a control beyond its name, by object name: where no setting's sentence, no action's hint and no
tooltip says it. In one place, so that the sentences are read beside one another. A name of several controls ends with a dot."""

from PySide6.QtWidgets import QWidget

_INITIALIZATIONS = "A row for each; Enter opens the page of the selected one."
_WORTH = "A row for each way, with its loss or accuracy and whether the learned initialization is better."

DESCRIPTIONS = {
    # Home
    "home.all": "Opens the catalog.",
    "home.change": "Opens another data folder in this window.",
    "home.idea.help": "Opens the help page on what is learned here.",
    "home.try.": "Opens Try it with what this run has learned.",
    "home.resume": "Goes on from the last checkpoint, and leads to Live.",
    "home.look": "Opens the run on Live without going on.",
    "home.dismiss": "Takes this card away until the next start; the run stays in the catalog.",
    # Set up
    "setup.preset": "Takes the settings of a published or shipped set-up; what was edited can be undone.",
    "setup.review.command": "The equal command; it cannot be edited here.",
    "setup.review.command.copy": "Puts the command line into the clipboard.",
    "setup.review.file": "The equal experiment file; it cannot be edited here.",
    "setup.review.file.copy": "Puts the experiment file into the clipboard.",
    "setup.open": "Loads the settings of an experiment file; can be undone.",
    "setup.save": "Writes these settings as an experiment file.",
    # Live
    "live.empty.action": "Starts MAML on sinusoids, with live plots.",
    "live.failure.half": "Goes on, or begins again, with half the outer learning rate.",
    "live.failure.clip": "Goes on, or begins again, with gradients clipped.",
    "live.failure.resume": "Goes on from the last checkpoint with the same settings.",
    "live.failure.kept": "Ends the run; what was learned before the failure is kept.",
    "live.failure.copy": "Puts the report with the traceback into the clipboard.",
    "live.worth": _WORTH,
    "live.task.step": "Left and Right go through the inner steps of the selected task.",
    "live.tasks": "A row for each validation task; the selected one is shown beside and marked in the curves.",
    "live.scrub": "Left and Right go through the validations, so that one sees how adaptation was learned.",
    "live.loss.axis": "What the curves of the outer loss are drawn over.",
    # Compare
    "compare.baseline": "The run that the others are compared with.",
    "compare.export": "Writes figures and tables of the compared runs.",
    "compare.empty.action": "Opens Set up.",
    "compare.parallel.axes": "Chooses which settings and results have an axis.",
    "compare.scatter.y": "What the points show upwards.",
    "compare.scatter.x": "What the points show from left to right.",
    "compare.settings.table": "A row for each setting that differs, a column for each run.",
    "compare.results.step": "After how many inner steps the results are compared.",
    "compare.results.table": "A row for each run, with paired differences to the baseline.",
    "compare.curves.what": "Which loss or accuracy is drawn.",
    "compare.curves.axis": "What the curves are drawn over.",
    "compare.curves.smoothing": "Left is the raw curve; further right noise is taken out more.",
    "compare.runs": "Those with a tick are compared.",
    # Catalog
    "catalog.details.tags": "Of the selected row; kept as they are typed.",
    "catalog.details.note": "On the selected row; kept as it is typed.",
    "catalog.initializations.groups": "Puts rows of one kind under a heading.",
    "catalog.initializations.empty.action": "Opens Set up.",
    "catalog.initializations.table": f"{_INITIALIZATIONS} F2 renames, Delete moves to the trash.",
    "catalog.runs.groups": "Puts rows of one kind under a heading.",
    "catalog.runs.empty.action": "Opens Set up.",
    "catalog.runs.table": "A row for each; Enter opens it on Live, Space compares it, F2 renames, Delete moves it to the trash.",
    "catalog.export": "A menu of what the selected rows can be written as.",
    "catalog.columns": "A menu of the columns; the choice is remembered.",
    "catalog.show_details": "Shows or hides what there is to say of the selected row.",
    "catalog.show_trash": "Shows what was moved to the trash, or goes back.",
    # Initialization
    "initialization.gone.action": "Opens the list.",
    "initialization.empty.action": "Opens Set up.",
    "initialization.picker.table": _INITIALIZATIONS,
    "initialization.try": "Adapts it to a new task, step by step.",
    "initialization.compare": "Beside another initialization on the same new tasks.",
    "initialization.export": "Says what will be written, writes it, and reads it back.",
    "initialization.run": "Opens the run that it comes from on Live.",
    "initialization.all": "Opens the list.",
    "initialization.exporting.cancel": "Nothing is left of the file.",
    "initialization.verify": "Reads the file and compares its checksum with the catalog's.",
    "initialization.code.text": "Lines of Python that load the file; they cannot be edited here.",
    "initialization.copy": "Puts the lines into the clipboard.",
    "initialization.worth": _WORTH,
    "initialization.tensors.table": "A row for each: name, shape and what its values are like.",
    # Try it
    "tryit.gone.action": "Opens the list.",
    "tryit.kind.sampled": "A task as in training, drawn anew.",
    "tryit.kind.drawn": "Points that are clicked or typed.",
    "tryit.kind.files": "Rows of a table, or pictures, from the disk.",
    "tryit.files.support": "Chooses the examples that are learned from.",
    "tryit.files.query": "Chooses what is predicted.",
    "tryit.point.x": "Where the point lies from left to right.",
    "tryit.point.y": "Where the point lies upwards.",
    "tryit.table": "After the inner step that is looked at.",
    "tryit.step": "Left and Right go through the inner steps.",
    "tryit.save": "Writes the predictions after this step as a table.",
    "tryit.empty.action": "Opens Set up.",
    "tryit.picker.table": _INITIALIZATIONS,
    # Windows over the page
    "closing.discard": "Ends the run and moves it to the trash; the window closes.",
    "closing.stay": "Closes this question; the window stays.",
    "closing.background": "The window goes out of sight and closes after the last run.",
    "closing.stop": "Ends the run and keeps what was learned; the window closes.",
    "compare.export.cancel": "Nothing is written.",
    "compare.export.write": "Asks for a place and writes the file there.",
    "compare.export.format": "Kind of file.",
    "compare.export.legend": "Where the names of the curves stand.",
    "compare.export.sizes": "Fills in width and height.",
    "compare.export.height": "Of the figure as printed.",
    "compare.export.width": "Of the figure as printed.",
    "compare.export.adaptation": "Query loss or accuracy by inner step.",
    "compare.export.curves": "The curves as they are chosen on the page.",
    "compare.export.numbers": "The points of the curves as a table.",
    "compare.export.parallel": "A line for each run over its settings and results.",
    "compare.export.results": "With paired differences on the same tasks.",
    "compare.export.scatter": "A point for each run.",
    "compare.export.settings": "A row for each setting that differs.",
    "initialization.export.cancel": "Nothing is written.",
    "initialization.export.write": "Asks for a place; the file is read back and checked there.",
    "initialization.export.support": "A table, or a folder of pictures by class.",
    "initialization.export.support.file": "Asks for a table.",
    "initialization.export.support.folder": "Asks for a folder of pictures by class.",
    "initialization.export.readme": "A text file of the same name.",
    "initialization.export.steps": "How often the program adapts before it predicts.",
    "importing.path": "What is added: a table, or a folder or archive of pictures by class. It can be dropped here.",
    "importing.columns": "A row for each column of the table; its use can be chosen.",
    "importing.left": "A row for each file or row that cannot be used, with the reason.",
    "importing.left.save": "Writes these rows with their reasons.",
    "importing.add": "Chooses it as the tasks of the set-up; the files stay where they are.",
    "importing.cancel": "Nothing is added.",
    "plot.table.view": "The numbers of the plot, a column for each curve.",
    "plot.table.copy": "Puts the whole table into the clipboard.",
    "plot.table.close": "Back to the plot.",
    # Settings and Help
    "settings.theme.": "Colours of the whole window, at once.",
    "settings.scale": "Size of all text, at once.",
    "settings.folder.show": "Opens it in the file manager.",
    "settings.folder.change": "Opens another data folder in this window.",
    "help.tour.button": "Shows where everything is, in six stops.",
    "help.search": "Keeps the pages in which all these words occur.",
    "help.list": "Up and Down choose a page, which is shown beside.",
    "help.text": "Links lead to other pages.",
}


def described(widget: QWidget) -> str:
    """The sentence for it, "" where there is none."""
    name = widget.objectName()
    return DESCRIPTIONS.get(name) or DESCRIPTIONS.get(f"{name.rpartition('.')[0]}.", "")


def describe(page: QWidget) -> None:
    """Give every control of the page its sentence, where it says nothing else."""
    for widget in page.findChildren(QWidget):
        if not widget.accessibleDescription() and not widget.toolTip() and (text := described(widget)):
            widget.setAccessibleDescription(text)
