"""Answers as Flask does; `stream` is two items, with a wait for `/tmp/go` between them."""

import os
import time

from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse


def init():
    pass


def items():
    yield "one "
    while not os.path.exists("/tmp/go"):
        time.sleep(0.005)
    yield "two"


@rawhttp
def run(request):
    assert isinstance(request, AMLRequest)
    body = request.get_data(as_text=True)
    if body == "stream":
        return AMLResponse(items(), 200)
    return AMLResponse(f"{request.method} {request.args.get('a')} {body}", 201, {"x-a": "b"})
