"""`model_inputs` and `model_outputs` of the data collection, which Azure's script for MLflow models gives by itself."""

import os

import pandas as pd

from .logs import logger


class Collection:
    """What `/score` gets and gives, as far as it is a table: the genuine Collector takes nothing else."""

    def __init__(self, collector):
        self._inputs, self._outputs = _named(collector, "model_inputs"), _named(collector, "model_outputs")

    def inputs(self, data):
        """What ties the outputs to them; None where nothing has been collected."""
        return _collect(self._inputs, data, None) if isinstance(data, pd.DataFrame) else None

    def outputs(self, result, context):
        """The result as JSON will have it."""
        if self._outputs is not None:
            _collect(self._outputs, lambda: pd.DataFrame(result), context)


def collection():
    """None where nothing is collected, or nothing can be."""
    if not os.environ.get("AZUREML_MDC_CONFIG_PATH"):
        return None
    try:
        from azureml.ai.monitoring import Collector
    except ImportError:
        logger.info("model_inputs and model_outputs are not collected: that needs the package azureml-ai-monitoring")
        return None
    return Collection(Collector)


def _named(collector, name):
    try:
        return collector(name=name)
    except Exception as error:  # most often: not one of the collections
        logger.info("%s is not collected: %s", name, error)
        return None


def _collect(collector, data, context):
    """Collecting never harms the answer."""
    if collector is None:
        return context
    try:
        return collector.collect(data() if callable(data) else data, context)
    except Exception as error:
        logger.warning("data has not been collected: %s", error)
        return context
