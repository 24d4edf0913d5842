/** ARM templates, as far as parameters go: `[parameters('x')]` is replaced, `[[` stands for `[`, any other expression is refused by name. */
import { isObject, type Body, type Json } from "../json.ts";
import { refuse } from "./refusal.ts";
import type { Step } from "./world.ts";

const PARAMETER = /^\[parameters\('([^']+)'\)\]$/;

/** What a template puts, in its order. */
export const stepsOf = (properties: Body, group: string): readonly Step[] => {
  const template: Body = isObject(properties["template"]) ? properties["template"] : {};
  const values = parametersOf(template["parameters"] ?? {}, properties["parameters"] ?? {});
  const resources: readonly Body[] = Array.isArray(template["resources"]) ? template["resources"] : [];
  return resources.map((resource) => stepOf(evaluate(resource as Json, values) as Body, group));
};

const REFERENCE = /^\[reference\((parameters\('[^']+'\)), '\d{4}-\d{2}-\d{2}'\)\]$/;

/** The ids of the resources that its outputs are, by name. */
export const outputsOf = (properties: Body): Readonly<Record<string, string>> => {
  const { parameters = {}, outputs = {} }: Body = isObject(properties["template"]) ? properties["template"] : {};
  const values = parametersOf(parameters, properties["parameters"] ?? {});
  return Object.fromEntries(Object.entries(outputs as Body).map(([name, output]) => [name, String(evaluateText(referred(name, output as Body), values))]));
};

/** The expression of the id. */
const referred = (name: string, { type, value }: Body): string => {
  const id = REFERENCE.exec(String(value))?.[1];
  if (id === undefined) return refuse("armExpression", `Unable to process template language expression '${value}'.`, "InvalidTemplate");
  if (type !== "object") return refuse("armOutputs", `Deployment template validation failed: the output '${name}' is an object, declared as ${type}.`, "InvalidTemplate");
  return `[${id}]`;
};

const parametersOf = (declared: Body, given: Body): ReadonlyMap<string, Json> => {
  const unknown = Object.keys(given).filter((name) => declared[name] === undefined);
  if (unknown.length > 0) wrong(`the parameters ${unknown.join(", ")} are not declared`);
  return new Map(Object.entries(declared).map(([name, declaration]) => [name, valueOf(name, declaration, given[name])]));
};

const valueOf = (name: string, declaration: Body, given: Body | undefined): Json => {
  const value = given === undefined ? declaration["defaultValue"] : given["value"];
  if (value === undefined) return wrong(`the value of parameter '${name}' is not given`);
  const type = Array.isArray(value) ? "array" : typeof value === "number" ? "int" : typeof value === "boolean" ? "bool" : typeof value;
  const wanted = String(declaration["type"]).toLowerCase().replace("secure", "");
  if (type !== wanted) wrong(`parameter '${name}' is declared as ${wanted}, got ${type}`);
  return value;
};

const evaluate = (value: Json, parameters: ReadonlyMap<string, Json>): Json => {
  if (typeof value === "string") return evaluateText(value, parameters);
  if (Array.isArray(value)) return value.map((item) => evaluate(item, parameters));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluate(item, parameters)]));
};

const evaluateText = (text: string, parameters: ReadonlyMap<string, Json>): Json => {
  if (!text.startsWith("[") || !text.endsWith("]")) return text;
  if (text.startsWith("[[")) return text.slice(1);
  const name = PARAMETER.exec(text)?.[1];
  if (name === undefined) return refuse("armExpression", `Unable to process template language expression '${text}'.`, "InvalidTemplate");
  return parameters.get(name) ?? wrong(`the parameter '${name}' is not declared`);
};

/** `Microsoft.X/a/b` with the name `one/two` is `Microsoft.X/a/one/b/two`. */
const stepOf = ({ type, name, apiVersion: _version, dependsOn: _before, comments: _words, scope: _scope, ...body }: Body, group: string): Step => {
  const [provider, ...types] = String(type).split("/");
  const names = String(name).split("/");
  if (types.length !== names.length) wrong(`the name '${name}' does not fit the type '${type}'`);
  return { path: [group, "providers", provider, ...types.flatMap((segment, i) => [segment, names[i]])].join("/"), body };
};

const wrong = (what: string): never => refuse("armParameters", `Deployment template validation failed: ${what}.`, "InvalidTemplate");
