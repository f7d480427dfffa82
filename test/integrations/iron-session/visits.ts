// iron-session: an encrypted cookie, read before the middleware.
import { page, personOf } from '../kit/pages.js'
import { reportVisits, serve, startHubSpot } from '../kit/visits.js'

process.env['SESSION_SECRET'] = 'of these tests, of 32 characters at least'
const hubspot = await startHubSpot()
const { app } = await import('./app.js')
app.get('/', page)
app.post('/login', async (req, res) => {
  const { id, email, verified } = personOf(req.url)
  req.iron.user = { id, email, emailVerified: verified }
  await req.iron.save()
  res.redirect('/')
})
app.post('/logout', (req, res) => {
  req.iron.destroy()
  res.redirect('/')
})
const { url } = await serve(app)

await reportVisits(hubspot, {
  page: `${url}/`,
  logIn: async (browser, name) => void (await browser.post(`${url}/login?name=${name}`)),
  logOut: (browser) => browser.post(`${url}/logout`)
})
