/** The floor of Node: its own HTTP server sends the bytes of a file, whatever is asked. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const bodies = Object.fromEntries(
  Object.entries(JSON.parse(process.env.BODIES)).map(([path, file]) => [path, readFileSync(file)]),
);
const server = createServer((request, response) => {
  const body = bodies[request.url];
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.listen(Number(process.env.PORT), "127.0.0.1");
