"""What a user's `logging.json` may name: `azureml_inference_server_http.log_config`."""

import logging
import time

FORMAT = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"


class AMLLogFormatter(logging.Formatter):
    """The lines of Azure's images, in UTC."""

    converter = time.gmtime

    def __init__(self, fmt=FORMAT, datefmt=None, style="%"):
        super().__init__(fmt, datefmt, style)


class RootAccessFilter(logging.Filter):
    """Leaves out the lines of health probes."""

    def filter(self, record):
        return "GET / HTTP/1.1" not in record.getMessage()
