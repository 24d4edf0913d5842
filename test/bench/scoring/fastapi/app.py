"""The model is loaded in a lifespan and used in an async path operation, as FastAPI's page "Lifespan Events" does it."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel

models = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    if "MODEL" in os.environ:
        import joblib

        models["iris"] = joblib.load(os.environ["MODEL"])
    yield


app = FastAPI(lifespan=lifespan)


class Rows(BaseModel):
    data: list[list[float]]


class Predictions(BaseModel):
    predictions: list[int]


class Echo(BaseModel):
    predictions: list[list[float]]


@app.get("/health")
async def health() -> str:
    return "ok"


@app.post("/echo")
async def echo(rows: Rows) -> Echo:
    return Echo(predictions=rows.data)


@app.post("/predict")
async def predict(rows: Rows) -> Predictions:
    return Predictions(predictions=models["iris"].predict(rows.data).tolist())
