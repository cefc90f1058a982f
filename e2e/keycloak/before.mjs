// Brings a fresh Keycloak to where a Wallaroo installation is before an operator adds the dashboard: with a client
// api-client that has a client scope and a mapper of its own. It also makes Keycloak note down events, for the specs.
import { KeycloakAdmin, wallarooClient } from './admin.mjs'

const keycloak = new KeycloakAdmin()

await keycloak.setRealm({ eventsEnabled: true, enabledEventTypes: ['LOGIN', 'LOGOUT', 'REFRESH_TOKEN', 'REFRESH_TOKEN_ERROR'] })

await keycloak.ask('POST', '/client-scopes', {
  name: 'wallaroo', protocol: 'openid-connect', attributes: { 'include.in.token.scope': 'true' },
})
const scope = (await keycloak.ask('GET', '/client-scopes')).find((/** @type {{ name: string }} */ s) => s.name === 'wallaroo')

await keycloak.ask('POST', '/clients', {
  clientId: wallarooClient, protocol: 'openid-connect', publicClient: true, directAccessGrantsEnabled: true,
  protocolMappers: [{
    name: 'hasura-role', protocol: 'openid-connect', protocolMapper: 'oidc-hardcoded-claim-mapper',
    config: {
      'claim.name': String.raw`https://hasura\.io/jwt/claims.x-hasura-default-role`, 'claim.value': 'admin_user', 'jsonType.label': 'String',
      'access.token.claim': 'true', 'id.token.claim': 'false', 'userinfo.token.claim': 'false',
    },
  }],
})
await keycloak.ask('PUT', `/clients/${await keycloak.client(wallarooClient)}/default-client-scopes/${scope.id}`)
