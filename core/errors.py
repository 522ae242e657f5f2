"""Known errors: one sentence for the person, with the value seen, what is allowed and what to do.

Everything that is not a `CoreError` is a bug and flies up to the report.
"""


class CoreError(Exception):
    """Input or surroundings that the person can change. `exit_code` is what the command line ends with."""

    exit_code = 2


class RunFailed(CoreError):
    """The run failed on its way (out of memory, disk full, non-finite loss); everything so far is kept."""

    exit_code = 3


class NonFinite(RunFailed):
    """A loss or a tensor is no longer a finite number."""


class OutOfMemory(RunFailed):
    """The device has no memory left even for the smallest chunk."""


class LostRank(RunFailed):
    """Another process of the same run is gone; the run is interrupted and can be resumed."""


class DiskFull(RunFailed):
    """A file could not be written because no space is left."""


class Interrupted(CoreError):
    """The person (or SIGTERM) ended it; everything so far is kept."""

    exit_code = 130


class BadExperiment(CoreError):
    """The experiment file (or a --set) holds something that cannot be used."""


class NotFound(CoreError):
    """Nothing in the catalog answers to that id, prefix or name."""


class FolderInUse(CoreError):
    """Another process writes to this data folder."""


class DatabaseProblem(CoreError):
    """The catalog's file is newer than this program, damaged, or cannot be written."""


class DamagedCatalog(DatabaseProblem):
    """The catalog's file cannot be read as a whole; core.storage.rescue saves what can be read of it."""


class BadFile(CoreError):
    """A file is damaged, truncated, or not what its name says."""


class MissingData(CoreError):
    """The data set is not where the experiment says; the message says how to get it."""
