/** The true state of an account of the stand-in, whatever a page says. */
export interface UserState {
  id: string
  username: string
  email: string
  firstName: string
  lastName: string
  enabled: boolean
  emailVerified: boolean
  admin: boolean
  requiredActions: string[]
  createdTimestamp: number
  lastLogin: number
}

export type UserFields = Partial<Omit<UserState, 'id' | 'createdTimestamp' | 'lastLogin'>> & {
  password?: string
  manage?: boolean
  /** Members that the API's answers leave out. */
  lacks?: string[]
}

/** What goes wrong with answers of an endpoint; see the demo's README. */
export interface Fault {
  endpoint: string
  status?: number
  body?: 'html' | 'truncated' | 'empty' | 'null-users' | 'unknown-types' | 'huge' | 'drip' | 'reset' | 'raw' | 'callback-error'
  raw?: string
  latency?: string
  headers?: Record<string, string>
  times?: number
  after?: 'act'
}

/** A request that the stand-in got. */
export interface LoggedRequest {
  method: string
  path: string
  endpoint: string
  status: number
  sub?: string
  token?: string
  headers: string[]
  body?: Record<string, unknown>
}

/** The stand-in's test controls. */
export class Control {
  constructor(readonly url: string) {}

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, { method, body: body === undefined ? undefined : JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as T
  }

  /** Accounts as at the start; no provider sessions, faults or logged requests. */
  reset(size: { users?: number, seats?: number, tokenTTL?: string } = {}) {
    return this.ask<{ users: number, active: number, seats: number }>('POST', '/control/reset', size)
  }

  fault(fault: Fault) { return this.ask('POST', '/control/faults', fault) }
  clearFaults() { return this.ask('DELETE', '/control/faults') }
  requests(endpoint: string) { return this.ask<LoggedRequest[]>('GET', `/control/requests?endpoint=${endpoint}`) }
  counts() { return this.ask<{ users: number, active: number }>('GET', '/control/users') }

  /** The account with an id, username or email. */
  async user(login: string): Promise<UserState> {
    const [found] = await this.ask<UserState[]>('GET', `/control/users?user=${encodeURIComponent(login)}`)
    if (!found) throw new Error(`no account ${login}`)
    return found
  }

  withEmail(email: string) { return this.ask<UserState[]>('GET', `/control/users?email=${encodeURIComponent(email)}`) }

  async add(fields: UserFields): Promise<UserState> {
    const [added] = await this.ask<UserState[]>('POST', '/control/users', { add: true, ...fields })
    if (!added) throw new Error('nobody was added')
    return added
  }

  change(user: string, fields: UserFields) { return this.ask('POST', '/control/users', { user, ...fields }) }
  remove(user: string) { return this.ask('POST', '/control/users', { user, remove: true }) }
  sessions(sub: string) { return this.ask<{ sid: string }[]>('GET', `/control/sessions?sub=${sub}`) }

  /** What an administrator does in the identity console: the dashboards get a logout token. */
  endSessions(sub: string) { return this.ask<{ notices: { status: number }[] }>('POST', '/control/end-session', { sub }) }

  /** From now on the account's refresh tokens are refused. */
  revoke(sub: string) { return this.ask('POST', '/control/revoke', { sub }) }

  /** Asks the stand-in's users API itself, past the dashboard. */
  async api<T>(path: string, body: unknown): Promise<T> {
    const { access_token: token } = await this.ask<{ access_token: string }>('POST', '/control/token', {})
    const answer = await fetch(this.url + path, { method: 'POST', body: JSON.stringify(body), headers: { Authorization: `Bearer ${token}` } })
    return await answer.json() as T
  }
}
