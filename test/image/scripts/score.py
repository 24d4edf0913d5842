"""Shows from inside what the container lets a script do."""

import os
import pathlib
import subprocess
import time


def init():
    pass


def run(data):
    if data == "raise":
        raise ValueError("as asked")
    if data == "who":
        status = pathlib.Path("/proc/self/status").read_text()
        return {"uid": os.getuid(), "gid": os.getgid(), "capabilities": [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")], "home": os.path.expanduser("~")}
    if data.startswith("write "):
        return {path: attempt(path) for path in data.split()[1:]}
    if data == "orphan":
        # The shell ends at once and leaves the other process behind.
        return int(subprocess.check_output(["sh", "-c", "sleep 0.2 >/dev/null & echo $!"]))
    if data == "wait":
        print("waiting")
        while not os.path.exists("/tmp/go"):
            time.sleep(0.01)
    if data.startswith("import "):
        return __import__(data[7:]).__name__
    return {"got": data}


def attempt(folder):
    path = f"{folder}/written"
    try:
        with open(path, "w") as file:
            file.write("x")
        os.remove(path)
        return "written"
    except OSError as error:
        return type(error).__name__ if error.errno != 30 else "read-only"
