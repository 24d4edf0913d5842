"""A custom predictor, as KServe's documentation writes one; its own scikit-learn runtime predicts in the same way and is not on PyPI."""

import argparse
import os

from kserve import Model, ModelServer, model_server


class Echo(Model):
    def load(self):
        self.ready = True

    def predict(self, payload, headers=None):
        return {"predictions": payload["instances"]}


class Predict(Model):
    def load(self):
        import joblib

        self.model = joblib.load(os.environ["MODEL"])
        self.ready = True

    def predict(self, payload, headers=None):
        return {"predictions": self.model.predict(payload["instances"]).tolist()}


parser = argparse.ArgumentParser(parents=[model_server.parser])

if __name__ == "__main__":
    args, _ = parser.parse_known_args()
    model = (Predict if "MODEL" in os.environ else Echo)(args.model_name)
    model.load()
    ModelServer(workers=1).start([model])
