"""One service class; `bentoml serve` runs it in production mode."""

import os

import bentoml


@bentoml.service(workers=1)
class Echo:
    @bentoml.api
    async def echo(self, data: list[list[float]]) -> list[list[float]]:
        return data


class Loaded:
    def __init__(self) -> None:
        import joblib

        self.model = joblib.load(os.environ["MODEL"])


@bentoml.service(workers=1)
class Predict(Loaded):
    @bentoml.api
    async def predict(self, data: list[list[float]]) -> list[int]:
        return self.model.predict(data).tolist()


@bentoml.service(workers=1)
class Batch(Loaded):
    @bentoml.api(batchable=True, max_batch_size=16, max_latency_ms=1000)
    async def predict(self, data: list[list[float]]) -> list[int]:
        return self.model.predict(data).tolist()
