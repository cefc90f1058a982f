import { readFileSync } from 'node:fs'
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/**
 * Fails the run if a test needed its second attempt, unless during the first one a server was killed that had a request
 * in hand (its answer was lost, or it was asked of another server again), or that had read the list where the test,
 * tagged @memory, expects all servers to have it.
 */
export default class Excuses implements Reporter {
  private readonly failed: { title: string; from: number; to: number; memory: boolean }[] = []

  onTestEnd(test: TestCase, result: TestResult) {
    if (result.status === 'passed' || result.status === 'skipped') return
    const from = result.startTime.getTime()
    this.failed.push({ title: test.titlePath().filter(Boolean).join(' › '), from, to: from + result.duration, memory: test.tags.includes('@memory') })
  }

  onEnd(): Promise<{ status?: FullResult['status'] } | undefined> {
    const kills = killsIn(textOf(process.env.E2E_KILLS_FILE))
    const hit = hitBy(kills, requestsIn(textOf(process.env.E2E_REQUESTS_FILE)))
    let unexcused = 0
    console.log(`${kills.length} kills, ${hit.length} requests in hand at one; ${this.failed.length} attempts failed`)
    for (const { title, from, to, memory } of this.failed) {
      const within = (at: number) => at >= from && at <= to
      const inHand = hit.find(({ at }) => within(at))
      if (inHand) console.log(`  a server was killed with ${inHand.what} in hand: ${title}`)
      else if (memory && kills.some((k) => within(k.from))) console.log(`  a server was killed that had read the list: ${title}`)
      else {
        unexcused++
        console.log(`  NO EXCUSE: ${title}`)
      }
    }
    return Promise.resolve(unexcused > 0 ? { status: 'failed' } : undefined)
  }
}

/** When a kill began and ended, in milliseconds. */
interface Kill {
  from: number
  until: number
}

/** A request that nginx has answered, with times in milliseconds. */
interface Request {
  from: number
  until: number
  what: string
  /** It got no whole answer, or was asked of more than one server. */
  disturbed: boolean
}

/** The disturbed requests that were under way at a kill. Those that only found a dead server are none: nginx tries the next. */
function hitBy(kills: Kill[], requests: Request[]): { at: number; what: string }[] {
  return requests
    .filter((r) => r.disturbed)
    .flatMap((r) => kills.filter((k) => r.from <= k.until && r.until >= k.from).map((k) => ({ at: k.from, what: r.what })))
}

function killsIn(text: string): Kill[] {
  return lines(text).map((line) => {
    const [from = NaN, until = NaN] = line.split(' ').map(Number)
    return { from, until }
  })
}

function requestsIn(text: string): Request[] {
  return lines(text).map((line) => {
    const r = JSON.parse(line) as { end: number; took: number; status: number; complete: string; servers: string; what: string }
    // nginx takes the time when it looks at its events, so what it calls the begin may be late by that.
    const until = 1000 * r.end
    return {
      from: until - 1000 * r.took,
      until,
      what: r.what,
      disturbed: r.status === 502 || r.complete !== 'OK' || r.servers.includes(','),
    }
  })
}

const lines = (text: string) => text.split('\n').filter(Boolean)

const textOf = (file: string | undefined) => (file ? readFileSync(file, 'utf8') : '')
