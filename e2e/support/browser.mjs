// Finds a Chromium for the specs. Run as a program (npm run browser) it also gets one when there is none: Playwright's
// download, else Debian's package. It says what failed if neither can be had.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from '@playwright/test'

/** @param {string} path */
function runs(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The browser to start: $CHROMIUM_BIN, else the system's, else Playwright's own; undefined if there is none of them.
 * @returns {string | undefined}
 */
export function findBrowser() {
  const wanted = process.env.CHROMIUM_BIN
  if (wanted) {
    if (!runs(wanted)) throw new Error(`CHROMIUM_BIN is ${wanted}, which can't be run`)
    return wanted
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  const folders = (process.env.PATH ?? '').split(delimiter)
  const system = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runs)
  if (system) return system
  const own = chromium.executablePath()
  return own && runs(own) ? own : undefined
}

/** Flags for a browser in a container, which as root has no sandbox, and for one that stays off the network. */
export const launchArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/** @type {[string, string[]][]} */
const ways = [
  ['Playwright’s download', ['npx', 'playwright', 'install', 'chromium']],
  ['Debian’s package', ['sh', '-c', 'apt-get update && apt-get install --yes --no-install-recommends chromium']],
]

function get() {
  const failures = []
  for (const [name, [program = '', ...args]] of ways) {
    console.error(`No Chromium yet. Trying ${name}: ${program} ${args.join(' ')}`)
    const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] })
    const found = findBrowser()
    if (status === 0 && found) return found
    failures.push(`${name}: ${error?.message ?? (status === 0 ? 'installed, but not found' : `exit code ${status}`)}`)
  }
  throw new Error(`No Chromium could be found or had.\n  ${failures.join('\n  ')}\nInstall one, or name it in CHROMIUM_BIN.`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(findBrowser() ?? get())
  } catch (err) {
    console.error(err instanceof Error ? err.message : err)
    process.exit(1)
  }
}
