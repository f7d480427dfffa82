// A session in a cookie: users are identified, and no token is written to the cookie.
import { page, personOf } from '../kit/pages.js'
import { reportVisits, serve, startHubSpot } from '../kit/visits.js'

process.env['SESSION_SECRET'] = 'of these tests'
const hubspot = await startHubSpot()
const { app } = await import('./app.js')
app.get('/', page)
app.post('/login', (req, res) => {
  const { id, email, verified, firstName, lastName } = personOf(req.url)
  req.session = { user: { id, email, emailVerified: verified, firstName, lastName } }
  res.redirect('/')
})
app.post('/logout', (req, res) => {
  req.session = null
  res.redirect('/')
})
const { url } = await serve(app)
const longest = { cookie: 0 }

await reportVisits(
  hubspot,
  {
    page: `${url}/`,
    async logIn(browser, name) {
      const { set } = await browser.post(`${url}/login?name=${name}`)
      longest.cookie = Math.max(longest.cookie, ...set.map((line) => line.length))
    },
    logOut: (browser) => browser.post(`${url}/logout`)
  },
  () => ({ cookieIsShort: longest.cookie > 0 && longest.cookie < 300 })
)
