import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A running instance: the dashboard, and the stand-in's test controls where it has them. */
export interface Instance {
  url: string
  controlURL: string | undefined
  stop(): Promise<void>
}

const binary = process.env.DEMO_BIN ?? fileURLToPath(new URL('../../.cache/demo', import.meta.url))

/**
 * Starts a demo of its own on free ports and waits for its addresses.
 * @param flags are added to the command line, such as "--token-ttl=3s"
 */
export async function startDemo(...flags: string[]): Promise<Instance> {
  const child = spawn(binary, ['--listen=127.0.0.1:0', '--stand-in=127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GORACE: 'halt_on_error=1' } })
  let said = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const addresses = new Promise<[string, string]>((resolve, reject) => {
    child.once('error', (err) => reject(new Error(`${binary}: ${err.message}. Build it (go build -o .cache/demo ./cmd/demo) or name it in DEMO_BIN.`)))
    child.once('exit', (code) => reject(new Error(`the demo ended with code ${code}:\n${said}`)))
    child.stderr.on('data', (chunk: Buffer) => { said += chunk })
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      const open = /Open\s+(http\S+)/.exec(said)?.[1]
      const standIn = /Stand-in\s+(http\S+)/.exec(said)?.[1]
      if (open && standIn) resolve([open, standIn])
    })
  })
  const [url, controlURL] = await addresses
  return {
    url, controlURL,
    async stop() {
      child.kill('SIGTERM')
      await ended
      // A race that the detector has found ends it before its time, as a panic does.
      if (child.exitCode !== 0) throw new Error(`the demo ended with code ${child.exitCode}:\n${said}`)
    },
  }
}

/** Whether the demo knows a flag. */
export function demoKnows(flag: string): boolean {
  return spawnSync(binary, ['--help'], { encoding: 'utf8' }).stderr.includes(`-${flag} `)
}

/** The instance that the environment names, or undefined. */
export function namedInstance(): Instance | undefined {
  const url = process.env.E2E_BASE_URL?.replace(/\/$/, '')
  return url ? { url, controlURL: process.env.E2E_CONTROL_URL?.replace(/\/$/, ''), stop: async () => {} } : undefined
}
