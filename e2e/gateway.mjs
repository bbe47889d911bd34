/** A gateway over its sandbox, as a process of its own on free ports: what every test here talks to. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The sandbox's own demo caller, who may read an exchange account. */
export const DEMO_KEY = "demo.sandbox-secret";

const withoutSettings = (environ) =>
  Object.fromEntries(Object.entries(environ).filter(([name]) => !name.toUpperCase().startsWith("GATEWAY_")));

/**
 * Start a gateway; `environ` holds settings, `options` more of `gateway serve`'s.
 *
 * @param {{ environ?: Record<string, string>, options?: string[] }} [how]
 * @returns {Promise<{ url: string, providers: Record<string, string>, stop: () => Promise<void> }>} `url` is the
 *   endpoint's, `providers` has those of the sandbox by name
 */
export async function startGateway({ environ = {}, options = [] } = {}) {
  const command = ["-m", "gateway", "serve", "--sandbox", "--sandbox-port", "0", ...options];
  const child = spawn(`${root}.venv/bin/python`, command, {
    cwd: root,
    env: { ...withoutSettings(process.env), GATEWAY_PORT: "0", ...environ },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let complaints = "";
  child.stderr.on("data", (text) => (complaints += text));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const urls = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, url] = /^ +(\w+) +(http\S+)/.exec(line) ?? [];
    if (name) urls[name] = url;
    // The last of its greeting.
    if (name === "sfox") {
      // What it says from now on has no reader, and must not fill the pipe.
      child.stdout.resume();
      const { open, ...providers } = urls;
      return { url: open, providers, stop };
    }
  }
  throw new Error(`The gateway did not start: ${complaints}`);
}
