// Supabase's server client with a simulated auth service on loopback.
import express from 'express'
import { loadPageWithFiles, serveFiles } from '../kit/many-files.js'
import { page } from '../kit/pages.js'
import { type Name, PEOPLE, type Person, reportVisits, serve, startHubSpot } from '../kit/visits.js'

const asked: string[] = []
const supabase = express().use(express.json())
const userOf = ({ id, email, verified, firstName, lastName }: Person) => ({
  id,
  aud: 'authenticated',
  role: 'authenticated',
  email,
  email_confirmed_at: verified ? '2026-01-01T00:00:00Z' : null,
  app_metadata: { provider: 'email' },
  user_metadata: { email_verified: verified, first_name: firstName, last_name: lastName },
  created_at: '2026-01-01T00:00:00Z'
})
/** A token with the parts that the client reads; only the service can verify it. */
function accessToken(name: Name): string {
  const expires = Math.floor(Date.now() / 1000) + 3600
  const parts = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: PEOPLE[name].id, exp: expires, name }
  ]
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'c2lnbmF0dXJl'].join('.')
}
supabase.post('/auth/v1/token', (req, res) => {
  const [name] = Object.entries(PEOPLE).find(([, { email }]) => email === req.body.email) ?? []
  const token = accessToken(name as Name)
  const user = userOf(PEOPLE[name as Name])
  res.json({ access_token: token, token_type: 'bearer', expires_in: 3600, refresh_token: 'refresh', user })
})
supabase.get('/auth/v1/user', (req, res) => {
  const payload = String(req.headers.authorization).split('.')[1] ?? ''
  const { name } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { name: Name }
  asked.push(name)
  res.json(userOf(PEOPLE[name]))
})
supabase.post('/auth/v1/logout', (_req, res) => void res.status(204).end())

// The client requires a WebSocket class, which Node 20 lacks, but opens no connection here.
Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? class {} })
const hubspot = await startHubSpot()
const provider = await serve(supabase, 'localhost')
Object.assign(process.env, { SUPABASE_URL: provider.url, SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_of_these_tests' })
const { app, supabaseOf } = await import('./app.js')
app.get('/', page)
serveFiles(app)
app.post('/login', async (req, res) => {
  const { email } = PEOPLE[req.query['name'] as Name]
  await supabaseOf(req, res).auth.signInWithPassword({ email, password: 'right' })
  res.redirect('/')
})
app.post('/logout', async (req, res) => {
  await supabaseOf(req, res).auth.signOut({ scope: 'local' })
  res.redirect('/')
})
const { url } = await serve(app)

await reportVisits(
  hubspot,
  {
    page: `${url}/`,
    async logIn(browser, name) {
      await browser.post(`${url}/login?name=${name}`)
      if (name === 'ada') await loadPageWithFiles(browser, url, `${url}/`)
    },
    logOut: (browser) => browser.post(`${url}/logout`)
  },
  () => ({ asked })
)
