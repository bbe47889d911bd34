// The typed client: its types come out of the schema, its code agrees with them, and it reads the gateway.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import { openStage } from './stage.mjs'
import { ROOT } from './subgraphs.mjs'

const CLIENT = `${ROOT}examples/typescript/`
const TREASURY = 'bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt'
const run = promisify(execFile)
const npm = (script, args = [], env = {}) =>
  run('npm', ['run', '--silent', script, '--', ...args], { cwd: CLIENT, env: { ...process.env, ...env } })

let stage

before(async () => {
  await npm('codegen')
  stage = await openStage()
})
after(() => stage?.close())

test('the types are those of the schema, with amounts as text', async () => {
  const types = await readFile(`${CLIENT}generated/schema.ts`, 'utf8')
  for (const name of ['Address', 'BigInt', 'DateTime', 'Decimal']) {
    assert.match(types, new RegExp(`^  ${name}: \\{ input: string; output: string; \\}$`, 'm'))
  }
  for (const name of ['Account', 'Rune', 'Token', 'TokenAccount', 'ExchangeWallet', 'Currency']) {
    assert.match(types, new RegExp(`^export type ${name} = `, 'm'))
  }
  assert.match(types, /^\/\*\* A Runes protocol token\. \*\/$/m)
})

test('the client agrees with the types', async () => {
  await npm('check')
})

test('a client that asks for what is not there, or forgets an outcome, is refused by the compiler', async () => {
  const code = await readFile(`${CLIENT}client.ts`, 'utf8')
  const wrong = { 'amount.display': 'amount.total', "case 'STALE':": "case 'OLD':" }
  for (const [right, mistake] of Object.entries(wrong)) {
    assert.ok(code.includes(right))
    await assert.rejects(checked(code.replace(right, mistake)), ({ stdout }) => /error TS\d+/.test(stdout))
  }
  await checked(code)
})

test('the client tells what an address holds', async () => {
  const { stdout } = await npm('start', [TREASURY], { GATEWAY_URL: stage.recorders.gateway.url })
  assert.match(stdout, new RegExp(`^${TREASURY}: read at 20`, 'm'))
  assert.match(stdout, /^ {2}3\.40282366920938463463374607431768211455 .* WIDEST•RUNE$/m)
})

/** Compile other code in the client's place, beside the same types. */
async function checked(code) {
  const folder = await mkdtemp(join(CLIENT, 'build-'))
  try {
    await writeFile(join(folder, 'client.ts'), code)
    await copyFile(`${CLIENT}tsconfig.json`, join(folder, 'tsconfig.json'))
    await symlink(`${CLIENT}generated`, join(folder, 'generated'))
    await run(`${CLIENT}node_modules/.bin/tsc`, ['--noEmit', '--preserveSymlinks'], { cwd: folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}
