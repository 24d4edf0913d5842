"""
What the bench of batch jobs runs: `loop <folder> <workers> <files a mini-batch> <output>`, the hand-written multiprocessing loop that it is compared with;
`rows <file> <count>` and `files <folder> <count>` make inputs.
"""

import multiprocessing
import os
import sys

import numpy as np


def _init(folder):
    os.environ["AZUREML_MODEL_DIR"] = os.path.join(folder, "model")
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../batch/fixtures/wine"))
    import score

    score.init()


def _run(paths):
    import score

    return score.run(paths).to_csv(sep=" ", header=False, index=False)


def loop(folder, workers, size, output):
    names = sorted(os.listdir(os.path.join(folder, "input")))
    paths = [os.path.join(folder, "input", name) for name in names]
    batches = [paths[at : at + int(size)] for at in range(0, len(paths), int(size))]
    with multiprocessing.get_context("spawn").Pool(int(workers), _init, (folder,)) as pool, open(output, "w") as out:
        for text in pool.imap(_run, batches):
            out.write(text)


def rows(file, count):
    generator = np.random.default_rng(7)
    with open(file, "w") as out:
        out.write("a,b,c\n")
        for at in range(0, int(count), 100_000):
            values = generator.integers(0, 1000, (min(100_000, int(count) - at), 3))
            out.write("\n".join(f"{a},{b},{c}" for a, b, c in values.tolist()) + "\n")


def files(folder, count):
    os.makedirs(folder)
    for n in range(int(count)):
        with open(os.path.join(folder, f"{n:06}.txt"), "w") as out:
            out.write("1\n")


if __name__ == "__main__":
    {"loop": loop, "rows": rows, "files": files}[sys.argv[1]](*sys.argv[2:])
