import { chromium } from '@playwright/test'
import { enter, split } from '../support/below'
import { findBrowser, launchArgs } from '../support/browser.mjs'
import { invite, shownPassword, signIn, usersTable } from '../support/pages'
import { expect, test, unique } from '../support/test'

test.describe('A temporary password after its page was left', () => {
  test('S66 does not come back with Back', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expect(/ERR_CACHE_MISS/)
    await signIn(page, admin, '/invite')
    await invite(page, unique('gone.back'))
    const password = await shownPassword(page)
    await page.getByRole('link', { name: 'Back to users' }).click()
    await expect(usersTable(page)).toBeVisible()
    // A browser asks here whether to send the form again; ours is not asked and refuses, or sends it, which sends nothing.
    await page.goBack().catch(() => null)
    expect(await page.content()).not.toContain(password)
    await page.reload().catch(() => null)
    expect(await page.content()).not.toContain(password)
    expect(await control.requests('invite')).toHaveLength(1)
  })

  test('S66 does not come back with Back from the browser’s page cache', { tag: '@control' }, async ({ instance, admin, control, troubles }) => {
    troubles.expect(/ERR_CACHE_MISS/)
    // Playwright turns the page cache off; browsers of people have it on, and some take "no-store" pages into it.
    const browser = await chromium.launch({
      executablePath: findBrowser(), ignoreDefaultArgs: ['--disable-back-forward-cache'],
      args: [...launchArgs, '--enable-features=BackForwardCache,CacheControlNoStoreEnterBackForwardCache:level/restore-unless-http-only-cookie-change'],
    })
    try {
      const context = await browser.newContext({ baseURL: split(instance.url).origin })
      enter(context)
      await troubles.watch(context)
      await context.addInitScript(() => {
        addEventListener('pageshow', (e) => { document.documentElement.dataset.fromCache = String(e.persisted) })
      })
      const page = await context.newPage()
      const fromCache = () => page.evaluate(() => document.documentElement.dataset.fromCache)
      // The list asks for more by a script, which keeps it out of that cache; the log does not.
      await signIn(page, admin, '/activity')
      await page.getByRole('link', { name: 'Users', exact: true }).click()
      await expect(usersTable(page)).toBeVisible()
      await page.goBack({ waitUntil: 'commit' })
      await expect.poll(fromCache, 'the page cache is on').toBe('true')

      await page.goto('/invite')
      await page.getByRole('radio', { name: 'Set one myself' }).check()
      await page.getByLabel('Initial password').fill('typed but not sent')
      await page.getByRole('link', { name: 'Cancel' }).click()
      await expect(usersTable(page)).toBeVisible()
      await page.goBack({ waitUntil: 'commit' })
      await expect(page.getByLabel('Initial password')).toHaveValue('')

      await page.goto('/invite')
      await invite(page, unique('page.cache'))
      const password = await shownPassword(page)
      await page.getByRole('link', { name: 'Back to users' }).click()
      await expect(usersTable(page)).toBeVisible()
      await page.goBack({ waitUntil: 'commit' }).catch(() => null)
      expect(await page.content()).not.toContain(password)
      expect(await control.requests('invite')).toHaveLength(1)
    } finally {
      await browser.close()
    }
  })

  test('S66 is emptied before the page can go into any cache', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/invite')
    await invite(page, unique('page.hide'))
    const password = await shownPassword(page)
    // The event that a page gets when it enters the page cache, whether or not this browser uses that.
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    await expect(page.getByRole('group', { name: 'Temporary password' })).toHaveText('Hidden: shown only once')
    expect(await page.content()).not.toContain(password)
  })

  test('S66 a password typed into the form goes with the page, too', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/invite')
    await page.getByRole('radio', { name: 'Set one myself' }).check()
    await page.getByLabel('Initial password').fill('typed but not sent')
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    await expect(page.getByLabel('Initial password')).toHaveValue('')
  })

  test('S33 S66 is in no storage of the browser', { tag: '@control' }, async ({ page, context, admin }) => {
    await signIn(page, admin, '/invite')
    await invite(page, unique('no.storage'))
    const password = await shownPassword(page)
    const kept = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await caches.keys(), (await indexedDB.databases()).map((d) => d.name), history.state]))
    expect(kept).not.toContain(password)
    expect(JSON.stringify(await context.cookies())).not.toContain(password)
  })
})
