// Serves a demo build under the window's own rules and opens it in the system's Chromium.
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const outDir = 'dist-demo'

/** Flags without which a headless Chromium talks to the network or needs a graphics card. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Builds the demo and answers its address, a browser, and a way to end both. */
export async function openDemo() {
  await build({ root, mode: 'demo', logLevel: 'warn', build: { outDir } })
  const server = await preview({
    root,
    logLevel: 'warn',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  })
  const { port } = server.httpServer.address()
  return {
    url: `http://127.0.0.1:${port}/`,
    browser,
    async close() {
      await browser.close()
      await server.close()
    },
  }
}
