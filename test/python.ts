/** Where the tests' own Python environment is; `test/setup.ts` makes it. */
import { environment } from "./kept.ts";

/** What is installed there. The genuine inference server is the oracle of the contract, and the genuine collector a client of ours. */
export const packages = ["scikit-learn==1.7.2", "joblib==1.5.2", "pandas==2.3.3", "azureml-inference-server-http==1.5.1", "azureml-ai-monitoring==1.0.0"];
export const venv = environment(packages);
export const python = `${venv}/bin/python`;
