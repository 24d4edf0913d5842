/** Datatypes of the Open Inference Protocol and their names in ONNX. */

const TYPES: Readonly<Record<string, string>> = {
  bool: "BOOL",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  string: "BYTES",
};

/** Whether requests can carry this type, as JSON or in binary. */
export const isKnownType = (type: string): boolean => type in TYPES;

/** The protocol's name of a type. */
export const datatype = (type: string): string => TYPES[type] ?? type;
