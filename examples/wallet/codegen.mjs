// Writes generated/schema.ts, the types of the gateway's schema, and generated/operations.ts, those of what this page asks.
import { mkdir, readFile, writeFile } from 'node:fs/promises'

import { codegen } from '@graphql-codegen/core'
import * as typedDocumentNode from '@graphql-codegen/typed-document-node'
import * as typescript from '@graphql-codegen/typescript'
import * as typescriptOperations from '@graphql-codegen/typescript-operations'
import { parse } from 'graphql'

const at = (path) => new URL(path, import.meta.url)
const read = async (path) => parse(await readFile(at(path), 'utf8'))

// Amounts are text on purpose: a JavaScript number loses digits past 2^53.
const TEXT = { input: 'string', output: 'string' }
const CONFIG = {
  enumsAsTypes: true,
  immutableTypes: true,
  scalars: { Address: TEXT, BigInt: TEXT, DateTime: TEXT, Decimal: TEXT, _Any: { input: 'object', output: 'object' } },
  strictScalars: true,
  useTypeImports: true,
}

const schema = await read('../../schema.graphql')
const documents = [{ location: 'operations.graphql', document: await read('src/operations.graphql') }]

async function generate(filename, pluginMap) {
  const plugins = Object.keys(pluginMap).map((name) => ({ [name]: {} }))
  await writeFile(at(`generated/${filename}`), await codegen({ filename, schema, documents, plugins, pluginMap, config: CONFIG }))
}

await mkdir(at('generated/'), { recursive: true })
await generate('schema.ts', { typescript })
await generate('operations.ts', { typescriptOperations, typedDocumentNode })
