// firebase-admin in emulator mode, with a loopback server for the call that it makes at each verification.
import express from 'express'
import jwt from 'jsonwebtoken'
import { PEOPLE, reportVisits, serve, startHubSpot } from '../kit/visits.js'

const asked: string[] = []
const emulator = express().use(express.json())
emulator.post('/identitytoolkit.googleapis.com/v1/projects/demo/accounts\\:lookup', (req, res) => {
  const [id] = req.body.localId
  asked.push(id)
  res.json({ users: [{ localId: id, email: `${id}@example.com`, validSince: '0' }] })
})

const hubspot = await startHubSpot()
const provider = await serve(emulator)
process.env['FIREBASE_AUTH_EMULATOR_HOST'] = new URL(provider.url).host
process.env['FIREBASE_PROJECT_ID'] = 'demo'
const { app } = await import('./app.js')
const { url } = await serve(app)
const page = `${url}/hubspot/token`

await reportVisits(
  hubspot,
  {
    page,
    async logIn(browser, name) {
      const { id, email, verified } = PEOPLE[name]
      const claims = { email, email_verified: verified, auth_time: Math.floor(Date.now() / 1000) - 5, user_id: id }
      const options = {
        algorithm: 'none',
        issuer: 'https://securetoken.google.com/demo',
        audience: 'demo',
        subject: id,
        expiresIn: 3600
      } as const
      browser.headers['authorization'] = `Bearer ${jwt.sign(claims, null, options)}`
    }
  },
  () => ({ asked })
)
