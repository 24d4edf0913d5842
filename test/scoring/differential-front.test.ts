/** What the front answers by itself, compared with the genuine server: ids, methods and routes, origins. */
import type { Cases } from "./azmlinfsrv.ts";
import { compare } from "./compared.ts";
import type { Setting } from "./compared.ts";
import { post } from "./harness.ts";
import type { SendOptions } from "./harness.ts";

const PATHS = ["/", "/score", "/swagger.json", "/nope", "/score/", "//", "/SCORE", "/swagger", "/score?x=1", "/?x=1"];
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"];

const routes: Cases = Object.fromEntries(
  PATHS.flatMap((path) => METHODS.map((method) => [`${method} ${path}`, [path, { method, ...(method === "POST" || method === "PUT" ? { body: "x" } : {}) }]])),
);

const LONG = "i".repeat(101);
const SENT: Record<string, string | undefined>[] = [undefined, "R", "", LONG].flatMap((id) =>
  [undefined, "B", "", LONG].flatMap((older) =>
    [undefined, "C", ""].flatMap((client) => [undefined, "T", ""].map((trace) => ({ "x-request-id": id, "x-ms-request-id": older, "x-ms-client-request-id": client, TraceId: trace }))),
  ),
);
const ids: Cases = Object.fromEntries(
  SENT.map((headers) => {
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const named = given.map(([name, value]) => `${name} ${value === LONG ? "too long" : JSON.stringify(value)}`).join(", ");
    return [named === "" ? "none" : named, ["/score", post("x", Object.fromEntries(given))]];
  }),
);
const idsElsewhere: Cases = Object.fromEntries(
  ["/", "/swagger.json", "/nope"].flatMap((path) =>
    ["GET", "HEAD", "OPTIONS", "POST"].map((method) => [`${method} ${path} with an id too long`, [path, { method, headers: { "x-request-id": LONG, "x-ms-client-request-id": "C" } }]]),
  ),
);

const A = "http://a.com";
const from = (origin: string | undefined, sent: SendOptions = {}): SendOptions => ({ ...sent, headers: { ...sent.headers, ...(origin === undefined ? {} : { Origin: origin }) } });
const asks = (origin: string | undefined, method: string, headers?: string): SendOptions =>
  from(origin, { method: "OPTIONS", headers: { "Access-Control-Request-Method": method, ...(headers === undefined ? {} : { "Access-Control-Request-Headers": headers }) } });

const origins: Cases = {
  "no origin": ["/"],
  "an origin of the list": ["/", from(A)],
  "another of the list": ["/", from("http://b.com")],
  "one that is not in the list": ["/", from("http://c.com")],
  "in other letters": ["/", from("HTTP://A.com")],
  "an empty one": ["/", from("")],
  "one that begins like it": ["/", from("http://a.com.evil.org")],
  "one that ends like it": ["/", from("evilhttp://a.com")],
  "null": ["/", from("null")],
  "POST score": ["/score", from(A, post("x"))],
  "POST score without an origin": ["/score", post("x")],
  "swagger": ["/swagger.json", from(A)],
  "a version that is not there": ["/swagger.json?version=9", from(A)],
  "a path that is not there": ["/nope", from(A)],
  "a method that is not there": ["/score", from(A, { method: "PUT", body: "x" })],
  "HEAD score": ["/score", from(A, { method: "HEAD" })],
  "OPTIONS score": ["/score", from(A, { method: "OPTIONS" })],
  "an id too long": ["/", from(A, { headers: { "x-request-id": LONG } })],
  "preflight of health": ["/", asks(A, "POST")],
  "preflight of score": ["/score", asks(A, "POST")],
  "preflight of swagger": ["/swagger.json", asks(A, "GET", "content-type")],
  "preflight of a path that is not there": ["/nope", asks(A, "POST")],
  "preflight of a method that is not allowed": ["/score", asks(A, "PUT")],
  "preflight in small letters": ["/score", asks(A, "get")],
  "preflight with headers": ["/score", asks(A, "GET", "X-B, x-a,C, x-a")],
  "preflight with odd headers": ["/score", asks(A, "GET", "x,,y z")],
  "preflight with empty headers": ["/score", asks(A, "GET", "")],
  "preflight of another origin": ["/score", asks("http://c.com", "POST", "X")],
  "preflight without an origin": ["/score", asks(undefined, "POST", "X")],
  "preflight without a method": ["/", asks(A, "")],
  "GET that looks like a preflight": ["/", from(A, { headers: { "Access-Control-Request-Method": "POST" } })],
};

const RAW = `from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    return AMLResponse(request.method, 200, dict(request.args.items()))
`;
const answeredByScript: Cases = {
  "Vary of its own": ["/score?Vary=Cookie", from(A)],
  "the same Vary": ["/score?Vary=Origin", from(A)],
  "its own origin": ["/score?Access-Control-Allow-Origin=http://z.com", from(A)],
  "its own methods": ["/score?Access-Control-Allow-Methods=PATCH", asks(A, "POST", "X")],
  "its own methods, another origin": ["/score?Access-Control-Allow-Methods=PATCH", asks("http://c.com", "POST")],
  "OPTIONS": ["/score", { method: "OPTIONS" }],
  "HEAD": ["/score", { method: "HEAD" }],
  "its own ids": ["/score?x-request-id=a&X-MS-REQUEST-ID=b&x-ms-client-request-id=c&TraceId=d"],
  "its own ids, and the client's": ["/score?x-request-id=a&x-ms-client-request-id=c&TraceId=d", { headers: { "x-ms-client-request-id": "C", TraceId: "T" } }],
  "its own version": ["/score?x-ms-server-version=mine"],
};

const allowing = (corsOrigins: string, cases: Cases): Setting => ({ env: { AML_CORS_ORIGINS: corsOrigins }, cases });

compare({
  routes: { cases: routes },
  ids: { cases: { ...ids, ...idsElsewhere } },
  "two origins": allowing("http://b.com, http://a.com", origins),
  "any origin": allowing("*", origins),
  "an origin and any": allowing("http://a.com,*", origins),
  "a regular expression": allowing("http://(a|b)\\.com", origins),
  "an origin and a regular expression": allowing("http://b.com,http://a.*", origins),
  "one origin, by a flag": { env: { AML_CORS_ORIGINS: "http://b.com" }, options: { corsOrigins: A }, cases: origins },
  "empty ones": allowing(",http://a.com,,", origins),
  "no origin, no version": { env: { AML_CORS_ORIGINS: "  ", SERVER_VERSION_LOG_RESPONSE_ENABLED: "" }, cases: { ...origins, ...idsElsewhere } },
  "answers of a script": { ...allowing("http://b.com, http://a.com", answeredByScript), files: { "score.py": RAW } },
});
