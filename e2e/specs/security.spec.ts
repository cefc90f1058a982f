import type { Page, Response } from '@playwright/test'
import { invite, openAccountMenu, sessionCookie, shownPassword, signIn, signInForm, usersTable } from '../support/pages'
import { below } from '../support/below'
import { expect, test, unique } from '../support/test'

/** Every kind of page and answer, signed in. */
async function walk(page: Page, id: string) {
  for (const path of ['/users', '/users?q=nobody-is-like-that', '/users?page=2', `/users/${id}`, `/users/${id}/deactivate`, '/invite', '/activity', '/users/no-such-id', '/nothing-here', '/callback?state=x', '/signed-out']) {
    await page.goto(path)
  }
}

test.describe('Answers', () => {
  test('S54 S55 carry the policy and the other headers, errors too', { tag: ['@replicas', '@control'] }, async ({ page, admin, control, baseURL, troubles }) => {
    troubles.expectStatus(400, 404)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    const seen: Response[] = []
    page.on('response', (r) => { if (r.url().startsWith(baseURL ?? '')) seen.push(r) })
    await walk(page, id)
    expect(seen.length).toBeGreaterThan(20)
    for (const r of seen) {
      const headers = await r.allHeaders()
      const at = `${r.status()} ${r.url()}`
      const policy = headers['content-security-policy'] ?? ''
      expect(policy, at).toContain(`default-src 'none'`)
      for (const directive of ['script-src', 'style-src', 'base-uri', 'form-action', 'frame-ancestors']) expect(policy, at).toContain(directive)
      expect(policy, at).not.toMatch(/unsafe-|\*|https?:/)
      expect(headers['x-content-type-options'], at).toBe('nosniff')
      expect(headers['referrer-policy'], at).toMatch(/^(same-origin|no-referrer|strict-origin)/)
      expect(headers['cross-origin-opener-policy'], at).toBe('same-origin')
      expect(headers['access-control-allow-origin'], at).toBeUndefined()
      expect(headers['server'] ?? 'nginx', at).toMatch(/^nginx/) // an ingress names itself; we never do
      if (!new URL(r.url()).pathname.includes('/static/')) expect(headers['cache-control'], at).toContain('no-store')
    }
  })

  test('S54 have no script, handler or style of their own in the HTML, and load nothing from elsewhere', { tag: '@control' }, async ({ page, admin, control, baseURL, troubles }) => {
    troubles.expectStatus(400, 404)
    const { id } = await control.user('onerror@example.com')
    await signIn(page, admin, '/users?per=250')
    const foreign: string[] = []
    page.on('request', (r) => { if (!r.url().startsWith(baseURL ?? '')) foreign.push(r.url()) })
    for (const path of ['/users?per=250', `/users/${id}`, '/invite', '/activity', '/nothing-here', '/signed-out']) {
      await page.goto(path)
      const inline = await page.evaluate(() => [
        ...[...document.querySelectorAll('script:not([src]), style')].map((el) => el.outerHTML),
        ...[...document.querySelectorAll('*')].flatMap((el) => [...el.attributes].filter((a) => /^(on|style$|hx-on)/i.test(a.name)).map((a) => `${el.localName} ${a.name}=${a.value}`)),
        ...[...document.querySelectorAll('[href^="javascript:" i]')].map((el) => el.outerHTML),
      ])
      expect(inline, path).toEqual([])
    }
    expect(foreign).toEqual([])
  })

  test('S33 hold no token: not in pages, addresses, headers, cookies or storage', { tag: '@control' }, async ({ page, context, admin, control, baseURL, troubles }) => {
    troubles.expectStatus(400, 404)
    const { id } = await control.user('google@example.com')
    const token = /eyJ[\w-]{10,}\.eyJ/
    const seen: Promise<[string, string]>[] = []
    page.on('response', (r) => {
      if (!r.url().startsWith(baseURL ?? '')) return
      seen.push((async () => [r.url(), `${JSON.stringify(await r.headersArray())}${r.status() < 300 || r.status() >= 400 ? await r.text().catch(() => '') : ''}`])())
    })
    await signIn(page, admin)
    await walk(page, id)
    await page.goto('/users')
    expect(seen.length).toBeGreaterThan(20)
    for (const [url, text] of await Promise.all(seen)) {
      expect(url).not.toMatch(token)
      expect(text, url).not.toMatch(token)
    }
    expect(JSON.stringify(await context.cookies(baseURL + below('/users')))).not.toMatch(token)
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0])
    expect(await page.evaluate(() => document.cookie)).not.toMatch(/session/)
  })

  test('S26 S28 set cookies that only this site’s server reads, and that tell nothing', { tag: ['@replicas'] }, async ({ page, context, admin, baseURL }) => {
    await page.goto('/users')
    const pending = await context.cookies(baseURL + below('/users'))
    expect(pending.length).toBeGreaterThan(0)
    await signIn(page, admin)
    const session = await sessionCookie(context)
    for (const c of [...pending.filter((c) => !c.name.endsWith('-tz')), session]) {
      expect(c.httpOnly, c.name).toBe(true)
      expect(c.sameSite, c.name).toBe('Lax')
      if ((baseURL ?? '').startsWith('https:')) {
        expect(c.secure, c.name).toBe(true)
        expect(c.name).toMatch(/^__Host-/)
      }
    }
    const bytes = Buffer.from(session.value, 'base64url')
    expect(bytes.length).toBeGreaterThanOrEqual(16)
    for (const telling of [admin.email, 'admin', 'eyJ']) expect(`${session.value} ${bytes.toString('latin1')}`).not.toContain(telling)
  })

  test('S29 a cookie that was tampered with is no session and no failure', async ({ page, context, admin, request }) => {
    await signIn(page, admin)
    const { name, value } = await sessionCookie(context)
    for (const changed of [value.slice(0, -1), `${value}x`, value.split('').reverse().join(''), '../../etc/passwd', 'x'.repeat(3000), '%00']) {
      const answer = await request.get('/users', { headers: { Cookie: `${name}=${changed}` }, maxRedirects: 0 })
      expect([302, 303], changed).toContain(answer.status())
    }
  })
})

test.describe('Changes', () => {
  const origins: [string, Record<string, string>][] = [
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling host', { Origin: 'http://sibling.127.0.0.1.example', 'Sec-Fetch-Site': 'same-site' }],
    ['nobody in particular', { Origin: 'null' }],
    ['somebody who does not say', {}],
    ['the right origin by a cross-site way', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
  ]
  for (const [who, headers] of origins) {
    test(`S42 S43 that ${who} asks for are refused`, { tag: '@control' }, async ({ page, admin, control }) => {
      const { id } = await control.user('google@example.com')
      await signIn(page, admin)
      for (const path of ['/invite', `/users/${id}/deactivate`, `/users/${id}/activate`, '/logout', '/preferences']) {
        const answer = await page.request.post(path, { headers, form: { email: 'forged@example.com', key: 'forged', theme: 'dark' }, maxRedirects: 0 })
        expect(answer.status(), path).toBe(403)
      }
      for (const endpoint of ['invite', 'activate', 'deactivate', 'logout']) expect(await control.requests(endpoint)).toEqual([])
      await page.goto('/activity')
      await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible()
    })
  }

  test('S42 a form on another site can’t invite anybody, though the browser sends the cookie along', { tag: '@control' }, async ({ page, context, admin, control, instance, troubles }) => {
    troubles.expectStatus(403)
    troubles.expect(/ERR_/)
    await signIn(page, admin)
    const evil = await context.newPage()
    await evil.route('http://localhost:9/**', (route) => route.fulfill({ contentType: 'text/html', body: `<form method="post" action="${instance.url}/invite"><input name="email" value="forged@example.com"><input name="key" value="forged"><button>Win</button></form>` }))
    await evil.goto('http://localhost:9/')
    await evil.getByRole('button', { name: 'Win' }).click()
    await expect(evil.getByRole('heading', { level: 1, name: /This request came from another site|Your session has ended/ })).toBeVisible()
    expect(await control.requests('invite')).toEqual([])
  })

  test('S44 are not made by GET, nor by a method that hides in another', { tag: '@control' }, async ({ page, admin, control, baseURL }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await page.request.get('/invite?email=forged@example.com&pw=auto&key=forged')
    await page.request.get(`/users/${id}/deactivate?key=forged&return=/users`)
    await page.request.get(`/users/${id}/activate`)
    await page.request.get('/invite?_method=POST&email=forged@example.com', { headers: { 'X-HTTP-Method-Override': 'POST', Origin: baseURL ?? '' } })
    await page.request.fetch('/invite', { method: 'HEAD' })
    for (const endpoint of ['invite', 'activate', 'deactivate']) expect(await control.requests(endpoint)).toEqual([])
  })

  test('S45 other methods are 405', { tag: '@control' }, async ({ page, admin, baseURL }) => {
    await signIn(page, admin)
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await page.request.fetch('/users', { method, headers: { Origin: baseURL ?? '' } })).status(), method).toBe(405)
    }
    expect((await page.request.post('/users', { headers: { Origin: baseURL ?? '' } })).status()).toBe(405)
  })
})

test.describe('Without a session', () => {
  test('S46 S61 nothing but the doors is open', { tag: '@control' }, async ({ request, control, baseURL }) => {
    const { id } = await control.user('google@example.com')
    for (const path of ['/users', `/users/${id}`, `/users/${id}/deactivate`, '/invite', '/activity', '/users?health=/healthz', '/users/?static', '/healthz/../users', '/static/../users', '/static/%2e%2e/users', `${baseURL}//users`]) {
      const answer = await request.get(path, { maxRedirects: 0 })
      expect(answer.status(), path).not.toBe(200)
      expect(await answer.text(), path).not.toContain('@example.com')
    }
    expect(await control.requests('query')).toEqual([])
  })

  test('S64 there is nothing for the curious', async ({ request }) => {
    for (const path of ['/metrics', '/debug/pprof/', '/debug/vars', '/static/', '/static', '/.git/config', '/static/../../go.mod', '/static/..%2f..%2fgo.mod', '/control/requests']) {
      const answer = await request.get(path, { maxRedirects: 0 })
      expect([303, 400, 404], path).toContain(answer.status()) // 400 is nginx's, where it stands before us
      expect(await answer.text(), path).not.toMatch(/go_goroutines|module wallaroo|<pre>|href="app/)
    }
  })

  test('S56 a part of a page is not answered with a sign-in page', async ({ request }) => {
    const answer = await request.get('/users', { headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Current-URL': 'https://evil.example/x' }, maxRedirects: 0 })
    expect(answer.status()).toBe(401)
    expect(answer.headers()['hx-redirect']?.split('=')[0]).toBe(below('/login?return_to'))
    expect(answer.headers()['hx-redirect']).not.toContain('evil')
    expect(await answer.text()).toBe('')
  })

  test('the probes answer', async ({ request }) => {
    expect((await request.get('/healthz')).status()).toBe(200)
    expect((await request.get('/readyz')).status()).toBe(200)
  })
})

test('S39 S63 the API gets the administrator’s token and nothing of the browser’s', { tag: ['@control', '@provider'] }, async ({ page, admin, control }) => {
  await signIn(page, admin)
  await expect(usersTable(page)).toBeVisible()
  await page.goto('/invite')
  await invite(page, unique('headers'))
  await shownPassword(page)
  const asked = [...await control.requests('query'), ...await control.requests('invite')]
  expect(asked.length).toBeGreaterThan(1)
  for (const r of asked) {
    expect(r.sub).toBe(admin.id)
    expect(r.headers).toContain('Authorization')
    for (const name of r.headers) expect(name).toMatch(/^(Accept|Accept-Encoding|Authorization|Content-Length|Content-Type|User-Agent|X-Request-Id|Traceparent)$/)
  }
  await openAccountMenu(page)
})

test('the page that leads out of the site is the only one with the ID token, and it goes to the provider alone', { tag: ['@control', '@provider'] }, async ({ page, admin, control }) => {
  await signIn(page, admin)
  await openAccountMenu(page)
  const left = page.waitForRequest((r) => new URL(r.url()).pathname.endsWith('/protocol/openid-connect/logout'))
  await page.getByRole('button', { name: 'Sign out' }).click()
  const url = new URL((await left).url())
  expect(url.origin).toBe(control.url)
  expect(url.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
  expect((await left).headers().referer ?? '').not.toContain('/users')
  await expect(page.getByRole('heading', { level: 1, name: 'You are signed out' })).toBeVisible()
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await expect(signInForm(page)).toBeVisible()
})
