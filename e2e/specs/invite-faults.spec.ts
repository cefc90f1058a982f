import type { Fault } from '../support/control'
import { invite, readByAll, row, signIn } from '../support/pages'
import { expect, resize, test, unique } from '../support/test'

interface Case {
  title: string
  fault: Omit<Fault, 'endpoint'>
  /** What was and wasn't done, in the note's words. */
  done: string
  why: RegExp
  exists: boolean
}

const cases: Case[] = [
  { title: 'a 403', fault: { status: 403 }, done: 'Nobody was invited.', why: /user limit|may not do this/, exists: false },
  { title: 'a 400 for another reason', fault: { status: 400 }, done: 'Nobody was invited.', why: /found fault with the address or the password/, exists: false },
  { title: 'a 404', fault: { status: 404 }, done: 'Nobody was invited.', why: /no such call/, exists: false },
  { title: 'a 429', fault: { status: 429, headers: { 'Retry-After': '7' } }, done: 'Nobody was invited.', why: /a pause of 7 s/, exists: false },
  { title: 'a 500', fault: { status: 500 }, done: 'Nobody was invited.', why: /read again, and the address is not in it/, exists: false },
  { title: 'a 500 after the act', fault: { status: 500, after: 'act' }, done: 'They were invited, but the password did not arrive.', why: /Set a new password for it in Keycloak/, exists: true },
  { title: 'a proxy’s HTML', fault: { status: 502, body: 'html' }, done: 'Nobody was invited so far.', why: /the address is not in the list yet/, exists: false },
  { title: 'HTML with a 200', fault: { body: 'html' }, done: 'Nobody was invited.', why: /can’t be read/, exists: false },
  { title: 'HTML after the act', fault: { body: 'html', after: 'act' }, done: 'They were invited, but the password did not arrive.', why: /Keycloak/, exists: true },
  { title: 'half an answer', fault: { body: 'truncated' }, done: 'They were invited, but the password did not arrive.', why: /Keycloak/, exists: true },
  { title: 'a broken connection', fault: { body: 'reset' }, done: 'Nobody was invited so far.', why: /connection failed or broke off/, exists: false },
  { title: 'a broken connection after the act', fault: { body: 'reset', after: 'act' }, done: 'They were invited, but the password did not arrive.', why: /Keycloak/, exists: true },
  { title: 'silence', fault: { latency: '60s' }, done: 'Nobody was invited so far.', why: /does not answer in time/, exists: false },
  { title: 'silence after the act', fault: { latency: '60s', after: 'act' }, done: 'They were invited, but the password did not arrive.', why: /Keycloak/, exists: true },
]

test.describe('An invitation that is answered with', () => {
  for (const { title, fault, done, why, exists } of cases) {
    test(`S22 ${title} says what was and wasn’t done`, { tag: /^a (403|500)|^silence after/.test(title) ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(403, 422, 502, 503, 504)
      const email = unique('faulty')
      await signIn(page, admin, '/invite')
      await control.fault({ endpoint: 'invite', times: 1, ...fault })
      await invite(page, email)
      const note = page.getByRole('alert').or(page.getByRole('main').getByRole('status')).filter({ hasText: done })
      await expect(note).toBeVisible({ timeout: 40_000 })
      await expect(note).toContainText(why)
      await expect(page.getByLabel('Email', { exact: true })).toHaveValue(email)
      expect(await page.content()).not.toMatch(/nginx|"msg"|goroutine|eyJ[\w-]{20,}\./)
      expect(await control.requests('invite')).toHaveLength(1) // sent once, whatever came
      expect(await control.withEmail(email)).toHaveLength(exists ? 1 : 0)
      await page.goto(`/activity?q=${email}`)
      await expect(row(page, email, exists ? 'Invited' : 'Tried to invite', exists ? /Done|found afterwards/ : /Failed|Refused|refused|answered|No answer|not answer/)).toBeVisible()
    })
  }

  test('S22 silence, and a list that can’t be read either, says that nobody knows', { tag: ['@nojs', '@control', '@memory'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const email = unique('nobody.knows')
    await signIn(page, admin, '/invite')
    await readByAll(page)
    await control.fault({ endpoint: 'invite', body: 'reset', after: 'act', times: 1 })
    await control.fault({ endpoint: 'query', status: 500 })
    await invite(page, email)
    const note = page.getByRole('alert').filter({ hasText: 'Nobody knows yet whether they were invited.' })
    await expect(note).toContainText('Look for the address before you invite again.')
    await page.goto(`/activity?q=${email}`)
    await expect(row(page, email, 'No clear answer from Wallaroo')).toBeVisible()
    await control.clearFaults()
    await page.goto(`/users?q=${email}&fresh=1`)
    await expect(row(page, email)).toBeVisible()
  })

  test('a way to the list after a fault that leaves doubt', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const email = unique('look.for')
    await signIn(page, admin, '/invite')
    await control.fault({ endpoint: 'invite', body: 'reset', after: 'act', times: 1 })
    await invite(page, email)
    await page.getByRole('link', { name: 'Look for them in the list' }).click()
    await expect(row(page, email)).toBeVisible()
  })

  test('“exists already”, since somebody else was quicker, names the account', { tag: ['@nojs', '@control', '@memory'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(409)
    const email = unique('quicker')
    await signIn(page, admin, '/invite')
    await readByAll(page)
    await control.add({ email, firstName: 'Quick', lastName: 'Enough' })
    await invite(page, email)
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/Quick Enough\s+is already a member\./)
    expect(await control.requests('invite')).toHaveLength(1)
  })

  test('the seat limit says so, and how to make room', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    await resize(control, admin, { seats: 5 })
    const email = unique('no.seat')
    await signIn(page, admin, '/invite')
    await invite(page, email)
    const note = page.getByRole('alert').filter({ hasText: 'Nobody was invited.' })
    await expect(note).toContainText('You have reached the user limit in your Wallaroo instance')
    await expect(note).toContainText('deactivate an account that is no longer needed')
    await expect(note).toBeFocused()
    expect(await control.withEmail(email)).toEqual([])
  })

  test('a refusal can be followed by another try with the same page', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const email = unique('second.try')
    await signIn(page, admin, '/invite')
    await control.fault({ endpoint: 'invite', status: 500, times: 1 })
    await invite(page, email)
    await expect(page.getByRole('alert').filter({ hasText: 'Nobody was invited.' })).toBeVisible()
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByRole('heading', { level: 1, name: `Invited ${email}` })).toBeVisible()
  })
})
