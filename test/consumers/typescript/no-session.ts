// An app that has the types of Express, but none of express-session.
import express from 'express'
import { hubspotIdentification } from 'express-hubspot-identification'

const app = express()
app.use(hubspotIdentification({ accessToken: 'x', skip: (req) => req.path.startsWith('/api') }))
app.get('/', (_req, res) => {
  const snippet: string = res.locals.hubspot.snippet
  res.send(snippet)
})
