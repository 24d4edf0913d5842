/** A server on loopback that keeps what is posted to it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

export interface Posted {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Intake {
  readonly url: string;
  readonly posted: readonly Posted[];
  /** The status to answer with; undefined: no answer, ever. */
  status: number | undefined;
}

export async function intake(): Promise<Intake> {
  const posted: Posted[] = [];
  const state = { url: "", posted, status: 200 as number | undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(chunks);
      const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent).toString();
      posted.push({ path: request.url ?? "", headers: request.headers, body });
      if (state.status !== undefined) response.writeHead(state.status, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}
