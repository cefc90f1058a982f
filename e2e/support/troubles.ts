import { expect, type BrowserContext } from '@playwright/test'

/** Collects console errors, uncaught errors and violations of the Content-Security-Policy. */
export class Troubles {
  private readonly found: string[] = []
  private readonly expected: RegExp[] = []

  /** Expects an error. */
  expect(...patterns: RegExp[]) { this.expected.push(...patterns) }

  /** Expects answers with these statuses, each of which the console reports as an error. */
  expectStatus(...statuses: number[]) {
    for (const status of statuses) this.expect(new RegExp(`responded with a status of ${status}\\b`))
  }

  async watch(context: BrowserContext) {
    context.on('console', (message) => {
      if (message.type() === 'error') this.found.push(`console: ${message.text()} (${message.page()?.url()})`)
    })
    context.on('weberror', (error) => this.found.push(`uncaught: ${error.error().message}`))
    await context.exposeBinding('reportViolation', (_, text: string) => this.found.push(`content policy: ${text}`))
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (e) => {
        (window as unknown as { reportViolation(text: string): void }).reportViolation(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`)
      })
    })
  }

  check() {
    expect(this.found.filter((text) => !this.expected.some((pattern) => pattern.test(text))), 'complaints of the browser').toEqual([])
  }
}
