import express from 'express'
import { hubspotIdentification } from 'express-hubspot-identification'
import session from 'express-session'

const app = express()
app.use(session({ secret: 'only for local work', resave: false, saveUninitialized: false }))
app.use((req, _res, next) => {
  req.user = { email: 'jane@example.com', firstName: 'Jane', emailVerified: true } // your login sets req.user
  next()
})
app.use(hubspotIdentification({ accessToken: 'any', baseUrl: 'http://127.0.0.1:4010', portalId: '12345' }))
app.get('/', (_req, res) =>
  res.send(`<!doctype html><title>My app</title>${res.locals.hubspot.snippet}<h1>Hello Jane</h1>`)
)
app.listen(process.env.PORT ?? 3000, '127.0.0.1')
