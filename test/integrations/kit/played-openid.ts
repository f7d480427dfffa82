// An OpenID provider on loopback: oidc-provider, which logs in the user whose name is in a cookie of the browser.
import { generateKeyPairSync } from 'node:crypto'
import express from 'express'
import { Provider } from 'oidc-provider'
import { type Name, PEOPLE, type Running, reserve } from './visits.js'

/** The settings of an app for the provider. */
export type OpenId = Running & { readonly clientId: string; readonly clientSecret: string }

/** Starts a provider for one app at `localhost`, so that its cookies are separate from the app's. */
export async function playOpenId(redirectUri: string, afterLogout: string): Promise<OpenId> {
  const site = await reserve('localhost')
  const client = { clientId: 'app', clientSecret: 'a secret of 32 characters or more' }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(site.url, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [afterLogout]
      }
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['of these tests'] },
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => false },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    async findAccount(_ctx, name) {
      const { id, email, verified, firstName, lastName } = PEOPLE[name as Name]
      const claims = { sub: id, email, email_verified: verified, given_name: firstName, family_name: lastName }
      return { accountId: name, claims: async () => claims }
    },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: client.clientId,
        ...(oidc.session?.accountId && { accountId: oidc.session.accountId })
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    }
  })
  const app = express()
  app.get('/interaction/:uid', async (req, res) => {
    const accountId = /person=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
    await provider.interactionFinished(req, res, { login: { accountId } })
  })
  app.use(provider.callback())
  site.show(app)
  return { ...site, ...client }
}
