import { test as base, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test'
import { ask, enter, expect, split } from './below'
import { Control } from './control'
import { demoKnows, namedInstance, startDemo, type Instance } from './demo'
import { Troubles } from './troubles'

export { expect }

/** Somebody who can sign in. */
export interface Account {
  email: string
  password: string
  name: string
  /** The id; empty on an instance that the specs don't control. */
  id: string
}

interface TestFixtures {
  /** The stand-in's controls. A spec that uses them is tagged @control. */
  control: Control
  /** An administrator. On a demo a new one for each test, so that nothing was read on their behalf before. */
  admin: Account
  /** Errors and warnings of the browser. Those that were not expected fail the test at its end. */
  troubles: Troubles
  /** Opens a page in a browser of somebody else: no cookies, the same project's settings. */
  elsewhere: (options?: BrowserContextOptions) => Promise<Page>
  freshStart: void
}

interface WorkerFixtures {
  instance: Instance
}

/** Flags that make the worker's demo give up on a silent API sooner than in production. */
function haste(): string[] {
  return ['upstream-timeout=3s', 'list-timeout=6s'].filter((f) => demoKnows(f.split('=')[0] ?? '')).map((f) => `--${f}`)
}

let serial = 0

export const test = base.extend<TestFixtures, WorkerFixtures>({
  instance: [async ({}, use) => {
    const instance = namedInstance() ?? await startDemo(...haste())
    await use(instance)
    await instance.stop()
  }, { scope: 'worker' }],

  baseURL: async ({ instance }, use) => { await use(split(instance.url).origin) },

  context: async ({ context }, use) => {
    enter(context)
    await use(context)
  },

  request: async ({ request }, use) => {
    ask(request)
    await use(request)
  },

  freshStart: [async ({ instance }, use) => {
    if (instance.controlURL) await new Control(instance.controlURL).reset()
    await use()
  }, { auto: true }],

  control: async ({ instance, freshStart: _ }, use, info) => {
    if (!instance.controlURL || !info.tags.includes('@control')) throw new Error('a spec that uses the controls is tagged @control')
    await use(new Control(instance.controlURL))
  },

  admin: async ({ instance, freshStart: _ }, use) => {
    const { E2E_USER: email, E2E_PASSWORD: password } = process.env
    if (email && password) await use({ email, password, name: process.env.E2E_NAME ?? '', id: '' })
    else if (instance.controlURL) await use(await newAdmin(new Control(instance.controlURL)))
    else throw new Error('E2E_USER and E2E_PASSWORD have to name an administrator of this instance')
  },

  troubles: [async ({ context }, use) => {
    const troubles = new Troubles()
    await troubles.watch(context)
    await use(troubles)
    troubles.check()
  }, { auto: true }],

  elsewhere: async ({ browser, contextOptions, baseURL, javaScriptEnabled, viewport, isMobile, hasTouch, troubles }, use) => {
    const open: BrowserContext[] = []
    await use(async (options = {}) => {
      const context = await browser.newContext({ ...contextOptions, baseURL, javaScriptEnabled, viewport, isMobile, hasTouch, ...options })
      await troubles.watch(context)
      enter(context)
      open.push(context)
      return context.newPage()
    })
    for (const context of open) await context.close()
  },
})

/** Makes a new administrator. */
export async function newAdmin(control: Control): Promise<Account> {
  const email = unique('ann.admin')
  const { id } = await control.add({ email, firstName: 'Ann', lastName: 'Admin', admin: true, emailVerified: true, password: 'demo' })
  return { email, password: 'demo', name: 'Ann Admin', id }
}

/** An unused address. The part before the number can be told apart in the activity of other tests. */
export function unique(name: string): string {
  return `${name}.${process.pid}.${Date.now().toString(36)}${serial++}@example.com`
}

/** A demo of its own for a test. */
export interface Own { control: Control, admin: Account, page: Page }

/** Opens a page on a demo of a spec's own, for an administrator made for it. */
export async function openOn(demo: Instance, browser: Browser, troubles: Troubles): Promise<Own> {
  const control = new Control(demo.controlURL ?? '')
  const context = await browser.newContext({ baseURL: demo.url })
  await troubles.watch(context)
  return { control, admin: await newAdmin(control), page: await context.newPage() }
}

/**
 * Gives the tests of a group a demo of their own, for what is a setting. It is called in test.describe; what it returns
 * opens a page there for an administrator made for it.
 */
export function ownDemo(...flags: string[]): (browser: Browser, troubles: Troubles) => Promise<Own> {
  let demo: Instance | undefined
  test.beforeAll(async () => { demo = await startDemo(...flags) })
  test.afterAll(async () => { await demo?.stop() })
  return async (browser, troubles) => {
    if (!demo) throw new Error('the demo has not started')
    return openOn(demo, browser, troubles)
  }
}

/** Starts the stand-in anew at another size, with the administrator in it again. */
export async function resize(control: Control, admin: Account, size: { users?: number, seats?: number }) {
  await control.reset(size)
  const { id } = await control.add({ email: admin.email, firstName: 'Ann', lastName: 'Admin', admin: true, emailVerified: true, password: admin.password })
  admin.id = id
}
