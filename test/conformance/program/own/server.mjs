/** A server that knows nothing of this project: reverses what it is sent. */
import { createServer } from "node:http";

createServer(async (request, response) => {
  if (request.url === "/health") return response.end("ok");
  if (request.url !== "/predict") return response.writeHead(404).end("elsewhere\n");
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  response.setHeader("content-type", "text/plain");
  response.end([...text].toReversed().join(""));
}).listen(Number(process.argv[2] ?? 8080));
