// A static host for the tests, no better than the simplest real one: files below a path, the right types, a
// redirect to the folder's slash, 404.html. In: UNHAPPY_DIST, UNHAPPY_PREFIX, UNHAPPY_PORT.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const { UNHAPPY_DIST = "../../dist", UNHAPPY_PREFIX: prefix = "/", UNHAPPY_PORT = "8317" } = process.env;
const dist = path.resolve(UNHAPPY_DIST);

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".lesson": "application/octet-stream",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const kind = async (file) => {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? "file" : found?.isDirectory() ? "folder" : "nothing";
};

const send = async (response, status, file) => {
  if ((await kind(file)) !== "file") return void response.writeHead(404).end("not found");
  response.writeHead(status, { "content-type": types[path.extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
};

createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, "http://localhost");
  const missing = () => send(response, 404, path.join(dist, "404.html"));
  if (!pathname.startsWith(prefix)) return missing();
  const file = path.join(dist, decodeURIComponent(pathname.slice(prefix.length)));
  if (file !== dist && !file.startsWith(dist + path.sep)) return missing();
  switch (await kind(file)) {
    case "file":
      return send(response, 200, file);
    case "folder":
      if (pathname.endsWith("/")) return send(response, 200, path.join(file, "index.html"));
      return void response.writeHead(301, { location: `${pathname}/${search}` }).end();
    default:
      return missing();
  }
}).listen(Number(UNHAPPY_PORT), "127.0.0.1");
