/** The provider for passwords, as the engine starts it. They are made once, and by another declaration anew. */
import { randomInt } from "node:crypto";
import { createRequire } from "node:module";
import type { CheckRequest, CreateRequest, DiffRequest, ReadRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { equal, type Body } from "../../json.ts";
import { acceptConfiguration, checked, common, differs } from "../../plugin/replies.ts";
import { empty, messages, struct, values } from "../../plugin/server.ts";
import { start } from "../../plugin/start.ts";
import { plain, secret } from "../../plugin/values.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const password = ({ length, overrideSpecial, special }: Body): string => {
  const from = special === false ? LETTERS : LETTERS + (overrideSpecial ?? SPECIAL);
  return Array.from({ length }, () => from[randomInt(from.length)]).join("");
};

const create = (request: CreateRequest) => {
  if (!request.getUrn().includes("random:index/randomPassword:RandomPassword::")) throw new Error(`the random provider of the tests makes passwords alone, not ${request.getUrn()}`);
  const inputs = plain(values(request.getProperties()));
  const reply = new messages.CreateResponse();
  if (request.getPreview()) return reply;
  reply.setId("none");
  reply.setProperties(struct({ ...inputs, result: secret(password(inputs)), bcryptHash: secret("") }));
  return reply;
};

const diff = (request: DiffRequest) => {
  const [olds, news] = [plain(values(request.getOldInputs())), plain(values(request.getNews()))];
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !equal(olds[key], news[key]));
  return differs(changed, changed);
};

const read = (request: ReadRequest) => {
  const reply = new messages.ReadResponse();
  reply.setId(request.getId());
  reply.setProperties(request.getProperties());
  reply.setInputs(request.getInputs());
  return reply;
};

const { version } = createRequire(import.meta.url)("@pulumi/random/package.json") as { version: string };
await start({
  ...common(version),
  configure: acceptConfiguration,
  cancel: empty,
  check: (request: CheckRequest) => checked(values(request.getNews()), []),
  diff,
  create,
  read,
  delete: empty,
});
