"""The production settings of `LitServer.run`'s documentation, and the fast queue that it names for hundreds of requests per second."""

import os

import litserve as ls


class Echo(ls.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request["data"]

    def predict(self, rows):
        return rows

    def encode_response(self, output):
        return {"predictions": output}


class Predict(ls.LitAPI):
    """One row per request; with batching, `predict` gets a list of them."""

    def setup(self, device):
        import joblib

        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request):
        return request["data"]

    def predict(self, rows):
        return self.model.predict(rows).tolist()

    def batch(self, inputs):
        return [row for rows in inputs for row in rows]

    def unbatch(self, output):
        return [[label] for label in output]

    def encode_response(self, output):
        return {"predictions": output}


if __name__ == "__main__":
    size = int(os.environ.get("BATCH", "1"))
    kind = Predict if "MODEL" in os.environ else Echo
    api = kind(max_batch_size=size, batch_timeout=0.002) if size > 1 else kind()
    server = ls.LitServer(api, accelerator="cpu", workers_per_device=1, fast_queue=True)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=1, log_level="warning", generate_client_file=False)
