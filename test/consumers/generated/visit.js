// Runs the generated app with a simulator: no user, a login, a logout, a missing page; prints whom each page identified.
const { once } = require('node:events')
const { startHubSpotSimulator } = require('express-hubspot-identification/testing')

async function main() {
  const simulator = await startHubSpotSimulator()
  process.env.HUBSPOT_ACCESS_TOKEN = 'any'
  process.env.HUBSPOT_BASE_URL = simulator.url
  process.env.HUBSPOT_PORTAL_ID = simulator.portalId
  const server = require('./app').listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`

  let cookie = ''
  async function ask(path, form) {
    const response = await fetch(url + path, {
      method: form ? 'POST' : 'GET',
      headers: { cookie },
      redirect: 'manual',
      ...(form && { body: new URLSearchParams(form) })
    })
    for (const line of response.headers.getSetCookie()) if (line.startsWith('connect.sid=')) cookie = line.split(';')[0]
    const html = await response.text()
    const who = simulator.verify(html.match(/eyJ[\w.-]+/)?.[0])?.email ?? 'nobody'
    return { status: response.status, who, chat: html.includes(`src="${simulator.url}/12345.js"`) }
  }

  const guest = await ask('/')
  const login = await ask('/login', { username: 'ada', password: 'right' })
  const page = await ask('/')
  const missing = await ask('/not-there')
  const logout = await ask('/logout', { leave: 'yes' })
  const after = await ask('/')
  console.log(JSON.stringify({ guest, login: login.status, page, missing, logout: logout.status, after }))
  server.close()
  await simulator.close()
}

void main()
