"""What batch scripts import from Azure's driver: `from azureml_user.parallel_run import EntryScript`, in older ones `from entry_script import EntryScript`."""

from .batch_logs import entry_logger


class EntryScript:
    """The script as the driver sees it."""

    #: Writes to the job's `logs/user/entry_script_log`.
    logger = entry_logger
