// Keycloak's admin REST API, as far as the specs and their preparation need it.
import { readFileSync } from 'node:fs'

/** The client that the dashboard signs in with, and the one that a Wallaroo installation has of its own. */
export const clientID = 'user-admin'
export const wallarooClient = 'api-client'

/** What everybody here signs in with. */
export const password = 'correct horse'

/** @typedef {{ id: string, email: string, password: string, name: string }} Person */

export class KeycloakAdmin {
  /** @param {string} [url] Keycloak's address with its path, such as http://127.0.0.1:8180/auth */
  constructor(url = needed('KEYCLOAK_URL')) {
    this.realm = `${url}/realms/master`
    this.api = `${url}/admin/realms/master`
  }

  /**
   * Calls the admin API with a fresh token: they live for a minute.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>} the answer, undefined without a body
   */
  async ask(method, path, body) {
    const signIn = await fetch(`${this.realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password', client_id: 'admin-cli', username: needed('KEYCLOAK_ADMIN'),
        password: readFileSync(needed('KEYCLOAK_ADMIN_PASSWORD_FILE'), 'utf8').trim(),
      }),
    })
    const { access_token: token } = await signIn.json()
    const answer = await fetch(this.api + path, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /**
   * Keycloak's own id of a client.
   * @param {string} name
   * @returns {Promise<string>}
   */
  async client(name) {
    const [found] = await this.ask('GET', `/clients?clientId=${name}`)
    if (!found) throw new Error(`no client ${name}`)
    return found.id
  }

  /**
   * Makes somebody whom no spec before has used.
   * @param {string} name the part of the address before a number
   * @param {{ administrator: boolean }} options
   * @returns {Promise<Person>}
   */
  async add(name, { administrator }) {
    const email = `${name}.${process.pid}.${Date.now().toString(36)}@example.com`
    await this.ask('POST', '/users', {
      username: email, email, emailVerified: true, firstName: 'Ann', lastName: 'Admin', enabled: true,
      credentials: [{ type: 'password', value: password, temporary: false }],
    })
    const [{ id }] = await this.ask('GET', `/users?exact=true&username=${encodeURIComponent(email)}`)
    if (administrator) await this.ask('POST', `/users/${id}/role-mappings/realm`, [await this.ask('GET', '/roles/admin')])
    return { id, email, password, name: 'Ann Admin' }
  }

  /** @param {Person} who @param {boolean} enabled */
  setEnabled(who, enabled) { return this.ask('PUT', `/users/${who.id}`, { enabled }) }

  /** What the console's "Logout all sessions" does. @param {Person} who */
  endSessions(who) { return this.ask('POST', `/users/${who.id}/logout`) }

  /** The sessions that Keycloak has of somebody. @param {Person} who */
  sessions(who) { return this.ask('GET', `/users/${who.id}/sessions`) }

  /**
   * What Keycloak has noted down of somebody's doings at the dashboard.
   * @param {Person} who
   * @param {'LOGIN' | 'REFRESH_TOKEN'} type
   * @returns {Promise<unknown[]>}
   */
  events(who, type) { return this.ask('GET', `/events?type=${type}&user=${who.id}&client=${clientID}&max=1000`) }

  /**
   * The renewals that Keycloak refused. It files them under nobody, and names the person in the details.
   * @param {Person} who
   * @returns {Promise<unknown[]>}
   */
  async refusedRenewals(who) {
    const all = await this.ask('GET', `/events?type=REFRESH_TOKEN_ERROR&client=${clientID}&max=1000`)
    return all.filter((/** @type {{ details?: { refresh_token_sub?: string } }} */ e) => e.details?.refresh_token_sub === who.id)
  }

  /** Settings of the realm. @param {Record<string, unknown>} settings */
  setRealm(settings) { return this.ask('PUT', '', settings) }

  /** How long access tokens of the dashboard's client live, in seconds. @param {number} seconds */
  async setTokenLife(seconds) {
    const id = await this.client(clientID)
    const client = await this.ask('GET', `/clients/${id}`)
    await this.ask('PUT', `/clients/${id}`, { ...client, attributes: { ...client.attributes, 'access.token.lifespan': String(seconds) } })
  }
}

/** @param {string} name */
function needed(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run make test-keycloak`)
  return value
}
