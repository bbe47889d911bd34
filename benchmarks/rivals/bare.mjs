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
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
