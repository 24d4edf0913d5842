/** Where one process of this machine meets the front, once: a Unix socket in a folder that no other user may enter. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The kernel's limit for the path of a socket is 108 bytes, on some systems 104. */
const MOST_BYTES = 64;

export interface Meeting {
  readonly path: string;
  /** Whoever came. */
  readonly socket: Promise<Socket>;
  /** Nobody will come any more, or needs to. */
  close(): void;
}

/** Rejects where no socket can be made. */
export async function openMeeting(): Promise<Meeting> {
  const folder = mkdtempSync(join(Buffer.byteLength(tmpdir()) > MOST_BYTES ? "/tmp" : tmpdir(), "inference-endpoints-"));
  const path = join(folder, "worker");
  const server = createServer();
  const close = (): void => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const socket = new Promise<Socket>((resolve) =>
    server.once("connection", (connected) => {
      close();
      resolve(connected);
    }),
  );
  try {
    server.listen(path);
    await once(server, "listening");
  } catch (error) {
    close();
    throw error;
  }
  return { path, socket, close };
}
