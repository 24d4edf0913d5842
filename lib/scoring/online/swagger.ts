/** `/swagger.json`: what the model says of its data, in the templates of the original. */
import { JsonText, pythonJson } from "./python-json.ts";

/** What the model takes and gives. */
export interface Schemas {
  /** A JSON schema; a text is JSON already and stays as it is, so that numbers keep the form that Python gave them. */
  readonly input: object | string;
  readonly output: object | string;
  /** Versions that can express them. Default 2, 3 and 3.1. */
  readonly versions?: readonly number[];
}

/** Who the document speaks of: `SERVICE_NAME`, `SERVICE_VERSION`, `SERVICE_PATH_PREFIX`. */
export interface Service {
  /** Default `ML service`. */
  readonly name?: string | undefined;
  /** Default `1.0`. */
  readonly version?: string | undefined;
  /** Stands before every path. Default none. */
  readonly pathPrefix?: string | undefined;
}

/** The document, or why there is none. */
export type Swagger = { readonly document: string } | { readonly refusal: string };

const OPENAPI: Readonly<Record<number, string>> = { 3: "3.0.3", 3.1: "3.1.0" };
const NUMBERS: Readonly<Record<string, number>> = { "2": 2, "2.0": 2, "3": 3, "3.0": 3, "3.1": 3.1 };
const ALL = [2, 3, 3.1];

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

/** The document for a version as the query names it. */
export function swagger(version: string, schemas: Schemas, service: Service = {}): Swagger {
  const { versions = ALL } = schemas;
  const number = NUMBERS[version];
  const supported = `[${versions.join(", ")}]`;
  if (number === undefined) return { refusal: `Swagger version [${version}] is not valid. Supported versions: ${supported}.` };
  if (!versions.includes(number)) {
    return { refusal: `Swagger version [${version}] is not supported for the scoring script. Supported swagger versions: ${supported}.` };
  }
  const openapi = OPENAPI[number];
  return { document: pythonJson(openapi === undefined ? version2(schemas, service) : version3(openapi, schemas, service)) };
}

function version2({ input, output }: Schemas, service: Service): object {
  const prefix = prefixOf(service);
  const ref = (name: string): object => ({ $ref: `#/definitions/${name}` });
  const failed = { description: FAILED, schema: ref("ErrorResponse") };
  const body = { name: "serviceInputPayload", in: "body", description: INPUT, schema: ref("ServiceInput") };
  const healthy = { description: HEALTHY, schema: { type: "string" }, examples: { "application/json": "Healthy" } };
  const scored = { description: SCORED, schema: ref("ServiceOutput") };
  const spec = { description: "The Swagger specification.", schema: { type: "string" } };
  return {
    swagger: "2.0",
    info: info(service),
    schemes: ["https"],
    consumes: ["application/json"],
    produces: ["application/json"],
    securityDefinitions: { Bearer: BEARER },
    paths: {
      [`${prefix}/`]: { get: { ...HEALTH, responses: { 200: healthy, default: failed } } },
      [`${prefix}/score`]: { post: { ...SCORE, parameters: [body], responses: { 200: scored, default: failed } } },
      [`${prefix}/swagger.json`]: {
        get: { ...SPEC, parameters: [{ name: "version", in: "query", required: false, ...VERSIONS }], responses: { 200: spec, default: failed } },
      },
    },
    definitions: { ServiceInput: schema(input), ServiceOutput: schema(output), ErrorResponse: ERROR },
  };
}

function version3(openapi: string, { input, output }: Schemas, service: Service): object {
  const prefix = prefixOf(service);
  const json = (name: string): object => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
  const text = (schema: object): object => ({ "text/plain": { schema } });
  const failed = { description: FAILED, content: json("ErrorResponse") };
  const healthy = { description: HEALTHY, content: text({ type: "string", example: "Healthy" }) };
  const scored = { description: SCORED, content: json("ServiceOutput") };
  const spec = { description: "The Swagger specification.", content: text({ type: "string" }) };
  return {
    openapi,
    info: info(service),
    security: SECURITY,
    paths: {
      [`${prefix}/`]: { get: { ...HEALTH, responses: { 200: healthy, default: failed } } },
      [`${prefix}/score`]: { post: { ...SCORE, requestBody: { description: INPUT, content: json("ServiceInput") }, responses: { 200: scored, default: failed } } },
      [`${prefix}/swagger.json`]: {
        get: {
          ...SPEC,
          parameters: [{ name: "version", in: "query", required: false, schema: VERSIONS }],
          responses: { 200: spec, default: failed },
        },
      },
    },
    components: { schemas: { ServiceInput: schema(input), ServiceOutput: schema(output), ErrorResponse: ERROR }, securitySchemes: { Bearer: BEARER } },
  };
}

function info({ name = "ML service", version = "1.0" }: Service): object {
  return { title: name, description: `API specification for the Azure Machine Learning service ${name}`, version };
}

function prefixOf({ pathPrefix = "" }: Service): string {
  return pathPrefix === "" ? "" : `/${pathPrefix.replaceAll(/^\/+|\/+$/g, "")}`;
}

const schema = (given: object | string): object => (typeof given === "string" ? new JsonText(given) : given);
