// Events of AWS's HTTP API: when the handler has answered, the token is on the session.
import passport from 'passport'
import { mintedFor, type Name, PEOPLE, report, startHubSpot, whoIsOn } from '../kit/visits.js'

process.env['SESSION_SECRET'] = 'of these tests'
const hubspot = await startHubSpot()
const { app, handler } = await import('./handler.js')
const { hasToken } = await import('./store.js')

passport.serializeUser((user, done) => done(null, (user as { id: string }).id))
passport.deserializeUser((id: string, done) => {
  const person = Object.values(PEOPLE).find((known) => known.id === id)
  done(null, person as Express.User | undefined)
})
app.post('/login/:name', (req, res, next) => {
  const person = PEOPLE[req.params.name as Name] as Express.User
  req.login(person, (error) => (error ? next(error) : res.redirect('/')))
})

type Response = { statusCode: number; body: string; headers: Record<string, string>; cookies?: string[] }

async function send(method: string, path: string, cookies: string[] = []): Promise<Response> {
  const requestContext = { http: { method, path, sourceIp: '192.0.2.1' } }
  const headers = { host: 'app.example.com' }
  const event = { version: '2.0', rawPath: path, rawQueryString: '', headers, cookies, requestContext }
  return (await handler({ ...event, isBase64Encoded: false }, {})) as Response
}

const who = ({ body }: Response) => whoIsOn({ text: body }, hubspot)
const guest = await send('GET', '/')
const { cookies = [] } = await send('POST', '/login/ada')
const cookie = cookies.map((line) => line.split(';')[0] ?? '')
const page = await send('GET', '/', cookie)
const isKept = hasToken()
const again = await send('GET', '/', cookie)
await report({
  guest: who(guest),
  ada: [who(page), who(again)],
  cacheControl: page.headers['cache-control'],
  isKept,
  minted: mintedFor(hubspot)
})
