"""The thread by which `azureml.ai.monitoring` sends what a `Collector` was given: a worker that was forked after init() has none."""

import sys

from .logs import logger

_PACKAGE = "azureml.ai.monitoring"


def revive():
    """Starts it again, with an empty queue, where the script or the model has started it."""
    if f"{_PACKAGE}.init" not in sys.modules:
        return
    try:
        from azureml.ai.monitoring import config, init, queue, worker

        if init.is_sdk_ready() and worker.get_worker() is not None:
            queue.init_queue(config.get_config().queue_capacity())
            worker.init_worker(queue.get_queue(), config.get_config())
    except Exception:  # another version of the package, with other insides
        logger.warning("what a Collector collects is not sent: make it in the first run() rather than in init()", exc_info=True)
