import { test as base, expect } from '@playwright/test'
import { signIn } from '../support/pages'
import { Troubles } from '../support/troubles'
import { KeycloakAdmin, type Person } from './admin.mjs'

export { expect, signIn }

interface Fixtures {
  keycloak: KeycloakAdmin
  /** An administrator of its own for each test. */
  admin: Person
  /** What the browser complained of. The test fails at its end if that was not expected. */
  troubles: Troubles
}

export const test = base.extend<Fixtures>({
  keycloak: async ({}, use) => { await use(new KeycloakAdmin()) },
  admin: async ({ keycloak }, use) => { await use(await keycloak.add('ann.admin', { administrator: true })) },
  troubles: [async ({ context }, use) => {
    const troubles = new Troubles()
    await troubles.watch(context)
    await use(troubles)
    troubles.check()
  }, { auto: true }],
})
