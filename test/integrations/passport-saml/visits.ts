// Signed assertions as from a company's identity provider, with the two forms of attribute names that providers use.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import { page } from '../kit/pages.js'
import { type Name, PEOPLE, reportVisits, serve, startHubSpot } from '../kit/visits.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' }
})
process.env['SAML_CERTIFICATE'] = publicKey
process.env['SAML_ENTRY_POINT'] = 'https://idp.example.com/sso'
process.env['SESSION_SECRET'] = 'of these tests'

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0'
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'

function attributesOf(name: Name): Record<string, string> {
  const { email, firstName, lastName, verified } = PEOPLE[name]
  const entraNames = { email: `${CLAIMS}/emailaddress`, first: `${CLAIMS}/givenname`, last: `${CLAIMS}/surname` }
  const names = name === 'bob' ? entraNames : { email: 'email', first: 'givenName', last: 'sn' }
  const mark: Record<string, string> = verified ? {} : { email_verified: 'false' }
  return { [names.email]: email, [names.first]: firstName, [names.last]: lastName, ...mark }
}

function signedResponse(name: Name): string {
  const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString()
  const attributes = Object.entries(attributesOf(name)).map(
    ([attribute, value]) =>
      `<saml:Attribute Name="${attribute}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`
  )
  const id = `_${randomUUID()}`
  const xml = `<samlp:Response xmlns:samlp="${PROTOCOL}:protocol" xmlns:saml="${PROTOCOL}:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}">
<saml:Issuer>https://idp.example.com</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="${PROTOCOL}:status:Success"/></samlp:Status>
<saml:Assertion ID="${id}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>https://idp.example.com</saml:Issuer>
<saml:Subject><saml:NameID>${PEOPLE[name].id}</saml:NameID>
<saml:SubjectConfirmation Method="${PROTOCOL}:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(60_000)}" Recipient="https://app.example.com/login/callback"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="${at(-60_000)}" NotOnOrAfter="${at(60_000)}"><saml:AudienceRestriction><saml:Audience>https://app.example.com/saml</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
  const signature = new SignedXml({
    privateKey,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#'
  })
  signature.addReference({
    xpath: `//*[local-name(.)='Assertion']`,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256'
  })
  signature.computeSignature(xml, { location: { reference: `//*[local-name(.)='Subject']`, action: 'before' } })
  return Buffer.from(signature.getSignedXml()).toString('base64')
}

const hubspot = await startHubSpot()
const { app } = await import('./app.js')
app.get('/', page)
const { url } = await serve(app)

await reportVisits(hubspot, {
  page: `${url}/`,
  logIn: async (browser, name) =>
    void (await browser.post(`${url}/login/callback`, { SAMLResponse: signedResponse(name) })),
  logOut: (browser) => browser.post(`${url}/logout`)
})
