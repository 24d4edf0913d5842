"""Serves the folder of an MLflow model without code: Azure's `/score`, and the routes of `mlflow models serve`."""

import urllib.parse

from . import exchange, mlflow_folder, time_limit

#: mlflow's time limit is in seconds.
_MS = 1000


def load(model_dir):
    """Finds the model below `model_dir` and loads it."""
    folder = mlflow_folder.find(model_dir)
    return MlflowServed(mlflow_folder.load(folder), folder, time_limit.from_environment().timeout_ms)


class MlflowServed:
    """Answers by the last part of the path: the front has looked at the rest."""

    batches = True

    def __init__(self, model, folder, timeout_ms):
        # Not at the top: these import mlflow, and that it is missing is said better by mlflow_folder.
        from mlflow.environment_variables import MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT

        from . import mlflow_invocations, mlflow_score

        score = mlflow_score.Score(model, folder, timeout_ms)
        self.schemas = score.schemas()
        invocations_ms = min(timeout_ms, MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT.get() * _MS)
        self._routes = {"score": score, "invocations": mlflow_invocations.Invocations(model, invocations_ms)}
        self._fixed = mlflow_invocations.fixed

    def answer(self, request):
        name = _last_part(request.target)
        route = self._routes.get(name)
        return self._other(name, request) if route is None else route.answer(request)

    def answer_batch(self, requests):
        """Route by route; the order is that of the requests."""
        answers, waiting = {}, {}
        for at, request in enumerate(requests):
            name = _last_part(request.target)
            if name in self._routes:
                waiting.setdefault(name, []).append(at)
            else:
                answers[at] = self._other(name, request)
        for name, places in waiting.items():
            answers.update(zip(places, self._routes[name].answer_batch([requests[at] for at in places])))
        return [answers[at] for at in range(len(requests))]

    def _other(self, name, request):
        if name in ("ping", "health", "version"):
            return self._fixed(name, request.method)
        return exchange.message(404, "The requested URL was not found on the server.", False)


def _last_part(target):
    path = target.partition("?")[0].partition("#")[0]
    return urllib.parse.unquote(path).rpartition("/")[2]
