// A process that is waited for until it says where it listens, and that is ended by its own id.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Start a command and give the first match of `ready` on its output; fails with its output where it ends before. */
export async function started(command, args, { ready, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const said = []
  child.stderr.on('data', (text) => said.push(text))
  const found = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(`${line}\n`)
      const match = ready(line)
      if (match) resolve(match)
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${said.join('')}`)))
  })
  return { found, stop: () => stopped(child) }
}

async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
