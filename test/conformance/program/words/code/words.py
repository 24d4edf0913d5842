"""Counts words: a model that MLflow serves and no pickle is needed for."""


class Words:
    def predict(self, model_input, params=None):
        return [len(text.split()) for text in model_input["text"]]


def _load_pyfunc(path):
    return Words()
