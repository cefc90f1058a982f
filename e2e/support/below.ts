import { expect as base, type APIRequestContext, type BrowserContext, type Page } from '@playwright/test'

// Specs name pages by their path within the dashboard: '/users'. When PUBLIC_URL has a path of its own, what follows puts
// it in front, for the instance that E2E_BASE_URL names. An instance that a spec starts for itself has none.

/** The address of the named instance without its path, as a browser writes an origin, and that path. */
export function split(url: string): { origin: string, path: string } {
  const { origin, pathname } = new URL(url)
  return { origin, path: pathname.replace(/\/$/, '') }
}

const path = process.env.E2E_BASE_URL ? split(process.env.E2E_BASE_URL).path : ''

/** A path within the dashboard as the browser has it. Addresses that are complete stay as they are. */
export const below = (url: string): string => url.startsWith('/') && !url.startsWith(path + '/') ? path + url : url

/** A path of the browser as it is within the dashboard. */
export const within = (pathname: string): string => pathname.startsWith(path + '/') ? pathname.slice(path.length) : pathname

/** Makes a context take paths within the dashboard, and the pages it opens. */
export function enter(context: BrowserContext) {
  if (!path) return
  ask(context.request)
  for (const page of context.pages()) go(page)
  context.on('page', go)
  const newPage = context.newPage.bind(context)
  context.newPage = async () => go(await newPage())
}

const entered = new WeakSet<object>()

function go(page: Page): Page {
  if (entered.has(page)) return page
  entered.add(page)
  const goto = page.goto.bind(page)
  page.goto = (url, options) => goto(below(url), options)
  return page
}

/** Makes requests take paths within the dashboard. */
export function ask(request: APIRequestContext) {
  if (!path || entered.has(request)) return
  entered.add(request)
  for (const method of ['get', 'head', 'post', 'put', 'patch', 'delete'] as const) {
    const send = request[method].bind(request)
    request[method] = (url, options) => send(below(url), options)
  }
  const fetch = request.fetch.bind(request)
  request.fetch = (url, options) => fetch(typeof url === 'string' ? below(url) : url, options)
}

/** Playwright's, whose toHaveURL takes paths within the dashboard. */
export const expect = !path ? base : base.extend({
  async toHaveURL(page: Page, expected: string | RegExp | ((url: URL) => boolean), options?: { timeout?: number }) {
    const wanted = typeof expected === 'string' ? below(expected) : expected
    try {
      await (this.isNot ? base(page).not : base(page)).toHaveURL(wanted, options)
      return { pass: !this.isNot, message: () => '' }
    } catch (err) {
      return { pass: this.isNot, message: () => err instanceof Error ? err.message : String(err) }
    }
  },
})
