import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'

const root = fileURLToPath(new URL('../..', import.meta.url))
const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' }

/** The states that pages can be in, drawn by the templates themselves, with the style sheet and the scripts of the site. */
export interface Samples {
  /** The states by name. One that ends with "-part" is an answer to htmx. */
  names: string[]
  /** Opens one: a page by its address, a part as the answer to what a page asks. */
  open(page: Page, name: string): Promise<void>
  stop(): Promise<void>
}

/** Has the tests of the templates write their samples, and serves those. */
export async function startSamples(): Promise<Samples> {
  const dir = await mkdtemp(join(tmpdir(), 'wallaroo-user-admin-samples-'))
  const files = new Map<string, Buffer>()
  try {
    // Not from the cache of results, which keeps no files.
    await promisify(execFile)('go', ['test', '-count=1', '-run', '^TestPreview$', './web/templates'], { cwd: root, env: { ...process.env, PREVIEW_DIR: dir } })
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.set(join(entry.parentPath, entry.name).slice(dir.length), await readFile(join(entry.parentPath, entry.name)))
    }
  } finally {
    await rm(dir, { recursive: true })
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://samples').pathname
    // What a page asks for besides stays as it is: the samples have no answer to it, and htmx takes this for none.
    response.writeHead(files.has(path) ? 200 : 204, { 'Content-Type': types[extname(path)] ?? 'text/plain' }).end(files.get(path))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    names: [...files.keys()].filter((path) => path.endsWith('.html')).map((path) => path.slice(1, -5)).sort(),
    async open(page, name) {
      if (!name.endsWith('-part')) {
        await page.goto(`${origin}/${name}.html`)
        return
      }
      const { host, target } = place(name)
      await page.goto(`${origin}/${host}.html`)
      await page.evaluate(async ([path, target]) => {
        const { htmx } = window as unknown as { htmx: { ajax(method: string, path: string, how: object): Promise<void> } }
        await htmx.ajax('GET', path ?? '', target ? { target } : { swap: 'none' })
        document.querySelector<HTMLElement>('#toasts button')?.focus() // keeps it there
      }, [`/${name}.html`, target])
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** On which page a part is asked for, and what it is put into. Most say so themselves. */
function place(part: string): { host: string, target?: string } {
  if (part === 'users-part') return { host: 'users', target: '#users' }
  if (part === 'activity-part') return { host: 'activity', target: '#activity' }
  if (part.startsWith('deactivate')) return { host: 'users', target: '#dialog' }
  return { host: part === 'user-part' ? 'user' : 'users' }
}
