/** What the front and the ONNX thread both write into answers. */

/** Header of the contract: whether the script itself failed. */
export const RUN_FAILED = "x-ms-run-function-failed";

/** A JSON message in Python's spacing, as the original writes it. */
export const message = (text: string): string => `{"message": ${JSON.stringify(text)}}`;
