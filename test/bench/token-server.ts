// HubSpot for part 2: a minimal server that answers every mint with the same token at once.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from './support/child.js'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const CLAIMS = { email: 'visitor@example.com', portalId: '12345', iat: 1_700_000_000, exp: 1_700_043_200, jti: 'bench' }
const ANSWER = JSON.stringify({ token: `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(CLAIMS)}.${'s'.repeat(43)}` })
const HEAD = { 'content-type': 'application/json', 'content-length': ANSWER.length }

let calls = 0
const server = createServer((req, res) => {
  calls += 1
  req.resume()
  res.writeHead(200, HEAD).end(ANSWER)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  answerParent({ port: () => (server.address() as AddressInfo).port, calls: () => calls })
})
