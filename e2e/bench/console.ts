// The identity provider's own admin console, beside which the dashboard is measured: the same number of users, the same
// browser, the same minute.
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { KeycloakAdmin } from '../keycloak/admin.mjs'
import { weigh } from '../support/weight'
import { answer, shownAt, slowDown, watch } from './probe'

const row = 'table[aria-label=Users] tbody td a'

export class Console {
  private constructor(private readonly browser: Browser, private readonly users: string, private readonly cookies: Awaited<ReturnType<BrowserContext['cookies']>>) {}

  /** Fills the realm up to so many users and signs in. KEYCLOAK_URL and what goes with it are set by scripts/keycloak.sh. */
  static async open(browser: Browser, users: number): Promise<Console> {
    await fill(new KeycloakAdmin(), users)
    const address = `${process.env.KEYCLOAK_URL}/admin/master/console/#/master/users`
    const page = await browser.newPage()
    await page.goto(address)
    await page.locator('#username').fill(process.env.KEYCLOAK_ADMIN ?? '')
    await page.locator('#password').fill(readFileSync(process.env.KEYCLOAK_ADMIN_PASSWORD_FILE ?? '', 'utf8').trim())
    await page.locator('#kc-login').click()
    await page.locator(row).first().waitFor()
    const cookies = await page.context().cookies()
    await page.context().close()
    return new Console(browser, address, cookies)
  }

  /** Does the same in the console as in the dashboard, in a browser that has nothing but a session. */
  async measure(note: (name: string, unit: string, value: number) => void, slow: boolean) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addCookies(this.cookies)
    await watch(context, row)
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    if (slow) await slowDown(page)
    await this.visit(page, note)
    await search(page, note)
    await context.close()
  }

  private async visit(page: Page, note: (name: string, unit: string, value: number) => void) {
    const weight = await weigh(page)
    // It redirects to the provider and back before it shows anything, which loads a new document.
    const began = Date.now()
    await page.goto(this.users)
    note('Console: first row, cold', 'ms', await shownAt(page) - began)
    await page.waitForLoadState('networkidle')
    note('Console: bytes', 'B', weight.bytes)
  }
}

async function search(page: Page, note: (name: string, unit: string, value: number) => void) {
  const who = 'user.777@example.com'
  const box = page.getByRole('textbox', { name: 'Search' })
  await box.fill(who)
  note('Console: Enter to rows', 'ms', await answer(page, () => box.press('Enter'), 'keydown', { selector: row, text: who }))
  note('Console: details', 'ms', await answer(page, () => page.locator(row, { hasText: who }).click(), 'click', { selector: 'h1', text: who }))
}

async function fill(keycloak: KeycloakAdmin, users: number) {
  const missing = users - await keycloak.ask('GET', '/users/count')
  await keycloak.ask('POST', '/partialImport', {
    ifResourceExists: 'SKIP',
    users: Array.from({ length: Math.max(missing, 0) }, (_, i) => ({
      username: `user.${i}@example.com`, email: `user.${i}@example.com`, firstName: 'Ann', lastName: `Number ${i}`, enabled: true,
    })),
  })
}
