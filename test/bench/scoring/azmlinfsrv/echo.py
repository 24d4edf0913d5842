"""The server's own cost, and reading and writing JSON."""

import json


def init():
    pass


def run(data):
    return {"predictions": json.loads(data)["data"]}
