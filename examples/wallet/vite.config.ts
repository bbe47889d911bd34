import { defineConfig } from 'vite'

// Those of `make run`. The page knows its own origin alone: whoever serves it passes these paths on.
const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000'
const wallet = process.env['SANDBOX_WALLET_URL'] ?? 'http://127.0.0.1:8105'
const proxy = {
  '/graphql': { target: gateway, ws: true },
  '/graphiql/settings.json': gateway,
  '/sandbox-wallet': { target: wallet, rewrite: (path: string) => path.replace('/sandbox-wallet', '') || '/' },
}

export default defineConfig({
  server: { proxy },
  preview: { proxy },
  // sats-connect brings wallets' logos, a chooser and a schema for every method.
  build: { chunkSizeWarningLimit: 1000 },
})
