import { expect, test } from "vitest";
import { configOf, mirrorIn, proxiesIn } from "./apt.ts";

test("the mirror is that of the same release, else of any of Debian's; never one that only apt understands, or of updates alone", () => {
  const lines = ["http://updates.example/ bookworm-updates bookworm-updates Debian", "http://own.example/ trixie stable Debian", "http://old.example/debian/ bookworm bookworm Debian", "http://ubuntu.example/ noble noble Ubuntu"];
  expect(mirrorIn(lines.join("\n"), "bookworm")).toBe("http://old.example/debian/");
  expect(mirrorIn([lines[0], lines[3], lines[1]].join("\n"), "bookworm")).toBe("http://own.example/");
  expect(mirrorIn("mirror+file:/etc/apt/mirrors bookworm bookworm Debian\nar+https://x.example bookworm bookworm Debian\n", "bookworm")).toBeUndefined();
  expect(mirrorIn("", "bookworm")).toBeUndefined();
});

test("proxies that are addresses, and the same for the container's apt", () => {
  const proxies = proxiesIn("Acquire::http::Proxy http://proxy.example:3142\nAcquire::http::Proxy::own.example DIRECT\nAcquire::https::Proxy DIRECT\n");
  expect(proxies).toEqual({ http_proxy: "http://proxy.example:3142" });
  expect(configOf({ proxies })).toBe('Acquire::http::Proxy "http://proxy.example:3142";\n');
});
