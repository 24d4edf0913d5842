"""`python batch_wait_test.py`: Python's half of batch-wait.test.ts, with the same steps."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib/scoring"))

from worker.batch_wait import batch_wait

CASES = json.loads((pathlib.Path(__file__).parent / "batch-wait.json").read_text())

for case in CASES:
    now = 0.0
    wait = batch_wait(case["most"], case.get("waitMs"), lambda: now / 1000)
    for step in case["steps"]:
        if step[0] == "ran":
            wait.ran(step[1], step[2])
        elif step[0] == "free":
            now = step[1]
            wait.free(step[2])
        else:
            now = step[1]
            left = wait.left_ms(step[2])
            assert abs(left - step[3]) < 1e-6, (case["name"], step, left)
print(len(CASES), "cases")
