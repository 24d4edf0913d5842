/** `/swagger.json`: what the original says of an undecorated script, and of an ONNX model what its metadata says. */

/** JSON schemas of body and answer. */
export interface Schemas {
  readonly input: object;
  readonly output: object;
}

/** What an undecorated `run(data)` tells about itself: nothing. */
export const UNDECORATED: Schemas = { input: { type: "object", example: {} }, output: { type: "object", example: {} } };

const TITLE = "ML service";
const INFO = { title: TITLE, description: `API specification for the Azure Machine Learning service ${TITLE}`, version: "1.0" };
const BEARER = { type: "apiKey", name: "Authorization", in: "header", description: "For example: Bearer abc123" };
const ERROR = { type: "object", properties: { message: { type: "string" } } };
const SECURITY = [{ Bearer: [] }];
const HEALTHY = "If service is up and running, this response will be returned with the content 'Healthy'";
const SCORED = "The service processed the input correctly and provided a result prediction, if applicable.";
const FAILED = "The service failed to execute due to an error.";
const HEALTH = { operationId: "ServiceHealthCheck", description: "Simple health check endpoint to ensure the service is up at any given point." };
const SCORE = { operationId: "RunMLService", description: "Run web service's model and get the prediction output", security: SECURITY };
const SPEC = { operationId: "GetSwaggerSpec", description: "Get the Swagger specification." };
const INPUT = "The input payload for executing the real-time machine learning service.";
const VERSIONS = { type: "integer", enum: [2, 3] };

/** The document for a version as the query names it; undefined when there is none. */
export function swagger(version: string, schemas: Schemas): string | undefined {
  if (version === "2" || version === "2.0") return pythonJson(version2(schemas));
  if (version === "3" || version === "3.0") return pythonJson(version3("3.0.3", schemas));
  if (version === "3.1") return pythonJson(version3("3.1.0", schemas));
  return undefined;
}

function version2({ input, output }: Schemas): object {
  const ref = (name: string): object => ({ $ref: `#/definitions/${name}` });
  const failed = { description: FAILED, schema: ref("ErrorResponse") };
  const body = { name: "serviceInputPayload", in: "body", description: INPUT, schema: ref("ServiceInput") };
  const healthy = { description: HEALTHY, schema: { type: "string" }, examples: { "application/json": "Healthy" } };
  const scored = { description: SCORED, schema: ref("ServiceOutput") };
  const spec = { description: "The Swagger specification.", schema: { type: "string" } };
  return {
    swagger: "2.0",
    info: INFO,
    schemes: ["https"],
    consumes: ["application/json"],
    produces: ["application/json"],
    securityDefinitions: { Bearer: BEARER },
    paths: {
      "/": { get: { ...HEALTH, responses: { 200: healthy, default: failed } } },
      "/score": { post: { ...SCORE, parameters: [body], responses: { 200: scored, default: failed } } },
      "/swagger.json": {
        get: { ...SPEC, parameters: [{ name: "version", in: "query", required: false, ...VERSIONS }], responses: { 200: spec, default: failed } },
      },
    },
    definitions: { ServiceInput: input, ServiceOutput: output, ErrorResponse: ERROR },
  };
}

function version3(openapi: string, { input, output }: Schemas): object {
  const json = (name: string): object => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
  const text = (schema: object): object => ({ "text/plain": { schema } });
  const failed = { description: FAILED, content: json("ErrorResponse") };
  const healthy = { description: HEALTHY, content: text({ type: "string", example: "Healthy" }) };
  const scored = { description: SCORED, content: json("ServiceOutput") };
  const spec = { description: "The Swagger specification.", content: text({ type: "string" }) };
  return {
    openapi,
    info: INFO,
    security: SECURITY,
    paths: {
      "/": { get: { ...HEALTH, responses: { 200: healthy, default: failed } } },
      "/score": { post: { ...SCORE, requestBody: { description: INPUT, content: json("ServiceInput") }, responses: { 200: scored, default: failed } } },
      "/swagger.json": {
        get: {
          ...SPEC,
          parameters: [{ name: "version", in: "query", required: false, schema: VERSIONS }],
          responses: { 200: spec, default: failed },
        },
      },
    },
    components: { schemas: { ServiceInput: input, ServiceOutput: output, ErrorResponse: ERROR }, securitySchemes: { Bearer: BEARER } },
  };
}

/** JSON in the spacing of Python's `json.dumps`, because clients compare documents byte for byte. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${pythonJson(each)}`)
    .join(", ")}}`;
}
