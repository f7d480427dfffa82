// A Passport app: sessions on disk, a session write on every request, one view; logs in, views pages, logs out.
const { once } = require('node:events')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const express = require('express')
const session = require('express-session')
const passport = require('passport')
const { Strategy } = require('passport-local')
const FileStore = require('session-file-store')(session)
const { hubspotIdentification } = require('express-hubspot-identification')
const { startHubSpotSimulator } = require('express-hubspot-identification/testing')

const users = { ada: { id: 'ada', email: 'ada@example.com' }, bob: { id: 'bob', email: 'bob@example.com' } }
passport.use(new Strategy((name, password, done) => done(null, password === 'right' ? users[name] : false)))
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, users[id] ?? false))

async function main() {
  const simulator = await startHubSpotSimulator()
  const folder = mkdtempSync(join(tmpdir(), 'sessions-'))
  const store = new FileStore({ path: folder, logFn() {}, reapInterval: -1, retries: 5, minTimeout: 5, maxTimeout: 10 })
  const identification = hubspotIdentification({ accessToken: 'x', baseUrl: simulator.url, maxWaitMs: 5000 })
  const app = express()
  app.set('views', join(__dirname, 'views')).set('view engine', 'ejs')
  app.use(express.urlencoded({ extended: false }))
  app.use(session({ store, secret: 'of this test', resave: false, saveUninitialized: false }))
  app.use((req, _res, next) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    next()
  })
  app.use(passport.session())
  app.use(identification)
  app.get('/', (req, res) => res.render('page', { name: req.user?.id ?? 'guest' }))
  app.post('/login', passport.authenticate('local'), identification, (_req, res) =>
    res.json(res.locals.hubspot.settings)
  )
  app.post('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect('/'))))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const jar = new Map()
  async function ask(path, form) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, {
      method: form ? 'POST' : 'GET',
      headers: { cookie },
      redirect: 'manual',
      ...(form && { body: new URLSearchParams(form) })
    })
    const set = response.headers.getSetCookie()
    for (const line of set) {
      const [name, value] = line.split(';')[0].split('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return { text: await response.text(), set, who: (token) => simulator.verify(token)?.email }
  }
  const whoOn = ({ text, who }) => who(text.match(/eyJ[\w.-]+/)?.[0]) ?? 'nobody'

  const guest = await ask('/')
  const login = await ask('/login', { username: 'ada', password: 'right' })
  const pages = []
  for (let visit = 0; visit < 5; visit++) pages.push(await ask('/'))
  const out = await ask('/logout', { leave: 'yes' })
  const after = await ask('/')
  const other = await ask('/login', { username: 'bob', password: 'right' })

  console.log(
    JSON.stringify({
      guest: whoOn(guest),
      login: whoOn(login),
      pages: pages.map(whoOn),
      after: whoOn(after),
      other: whoOn(other),
      calls: simulator.requests.length,
      forgotten: [...out.set, ...after.set].some((line) => line.startsWith('messagesUtk='))
    })
  )
  server.close()
  await simulator.close()
  rmSync(folder, { recursive: true, force: true })
}

void main()
