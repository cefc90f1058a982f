import { readFileSync } from 'node:fs'
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/** Fails the run if a test needed its second attempt though no server was killed during the first. */
export default class Excuses implements Reporter {
  private readonly unexcused: string[] = []
  private excused = 0

  onTestEnd(test: TestCase, result: TestResult) {
    if (result.status === 'passed' || result.status === 'skipped') return
    const from = result.startTime.getTime()
    const killed = kills().some((at) => at >= from && at <= from + result.duration)
    if (killed) this.excused++
    else this.unexcused.push(test.titlePath().filter(Boolean).join(' › '))
  }

  onEnd(): Promise<{ status?: FullResult['status'] } | undefined> {
    const during = (n: number) => `${n} ${n === 1 ? 'attempt' : 'attempts'}`
    console.log(`${kills().length} kills; ${during(this.excused)} failed while a server was killed, ${during(this.unexcused.length)} without that excuse`)
    for (const title of this.unexcused) console.log(`  no server was killed during: ${title}`)
    return Promise.resolve(this.unexcused.length > 0 ? { status: 'failed' } : undefined)
  }
}

/** When servers were killed, in milliseconds. */
function kills(): number[] {
  const file = process.env.E2E_KILLS_FILE
  return file ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : []
}
