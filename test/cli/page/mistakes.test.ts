// One app for each mistake: the check that finds it, its message and its hint.
import { describe, expect, test } from '@jest/globals'
import { cspDirectives } from '../../../lib/index.js'
import { embedCode, html, type Looked, look, type Site } from './look.js'

/** A mistake: the app, the logged-in user (by default 'ann'), and the result of the doctor. */
type Mistake = Site &
  Looked & {
    finds: string
    status?: 'failed' | 'warning' | 'skipped'
    message: string | RegExp
    hint?: string | RegExp
  }

const escapeAll = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
const escapeNamed = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const loaded = { portalId: '12345' }
const NONCE = 'c3VycHJpc2U='

/** A page with this policy; the snippet has this nonce. */
function withPolicy(policy: string, nonce?: string): Site {
  return {
    before: (app) => {
      app.use((_req, res, next) => {
        res.locals['cspNonce'] = nonce
        res.setHeader('Content-Security-Policy', policy)
        next()
      })
    },
    page: ({ snippet }) => html(snippet + embedCode('na1'))
  }
}

/** A policy with the sources of the chat, except those that `leaveOut` selects. */
function chatPolicy(leaveOut: (name: string, source: string) => boolean): string {
  const names = { scriptSrc: 'script-src', connectSrc: 'connect-src', frameSrc: 'frame-src', imgSrc: 'img-src' }
  return Object.entries(names)
    .map(([key, name]) => {
      const sources = cspDirectives()[key as keyof typeof names].filter((source) => !leaveOut(name, source))
      return `${name} 'self' ${name === 'script-src' ? `'nonce-${NONCE}'` : ''} ${sources.join(' ')}`
    })
    .join('; ')
}

const SNIPPET: Record<string, Mistake> = {
  'printed escaped': {
    page: ({ snippet }) => html(escapeAll(snippet)),
    finds: 'page-snippet',
    message: 'printed escaped',
    hint: '<%- in EJS'
  },
  'printed escaped with named entities, in the body': {
    page: ({ snippet }) => html('', `<p>${escapeNamed(snippet)}</p>`),
    finds: 'page-snippet',
    message: 'printed escaped'
  },
  'printed escaped for a guest, when it only loads the script': {
    options: loaded,
    user: undefined,
    page: ({ snippet }) => html(escapeAll(snippet)),
    finds: 'page-snippet',
    message: 'printed escaped'
  },
  'settings printed escaped into a script': {
    page: ({ json }) => html(`<script>window.hsConversationsSettings = ${escapeNamed(json)}</script>`),
    finds: 'page-snippet',
    message: '&quot;',
    hint: 'hubspot.json unescaped'
  },
  'settings printed escaped by number into a script': {
    page: ({ json }) => html(`<script>window.hsConversationsSettings = ${escapeAll(json)}</script>`),
    finds: 'page-snippet',
    message: 'HTML escapes'
  },
  'printed twice': {
    page: ({ snippet }) => html(snippet, snippet),
    finds: 'page-snippet',
    message: 'The snippet is on the page twice.',
    hint: 'in one place'
  },
  'printed three times with other settings in one': {
    page: ({ snippet }) => html(snippet + snippet, snippet.replace('\\"identificationEmail', '\\"other')),
    finds: 'page-snippet',
    message: '3 times, and not with the same settings'
  },
  'printed into the title': {
    page: ({ snippet }) => `<!doctype html><title>${snippet}</title><p>Shop`,
    finds: 'page-snippet',
    message: 'inside <title>, where no script runs'
  },
  'printed into a comment': {
    page: ({ snippet }) => html(`<!-- ${snippet} -->`),
    finds: 'page-snippet',
    message: 'inside a comment'
  },
  'printed into a template element': {
    page: ({ snippet }) => html('', `<template><div>${snippet}</div></template>`),
    finds: 'page-snippet',
    message: 'inside <template>'
  },
  'printed into a text field': {
    page: ({ snippet }) => html('', `<textarea>${snippet}</textarea>`),
    finds: 'page-snippet',
    message: 'inside <textarea>'
  },
  'never printed': {
    page: () => html(embedCode('na1')),
    finds: 'page-snippet',
    message: 'There is no snippet on this page.',
    hint: 'Print hubspot.snippet'
  },
  'below the embed code': {
    page: ({ snippet }) => html(embedCode('na1') + snippet),
    finds: 'page-order',
    message: "below the chat's script",
    hint: 'above the embed code'
  },
  'own settings below the embed code': {
    page: ({ json }) => html(embedCode('na1'), `<script>window.hsConversationsSettings = ${json}</script>`),
    finds: 'page-order',
    message: "below the chat's script"
  }
}

const LOADER: Record<string, Mistake> = {
  'both the embed code and portalId': {
    options: loaded,
    page: ({ snippet }) => html(snippet + embedCode('na1')),
    finds: 'page-loader',
    message: "The page loads the chat's script twice.",
    hint: 'portalId'
  },
  'the embed code of two portals': {
    page: ({ snippet }) => html(snippet + embedCode('na1') + embedCode('na1', '777')),
    finds: 'page-loader',
    message: 'twice, of more than one portal'
  },
  'no chat script': {
    page: ({ snippet }) => html(snippet),
    finds: 'page-loader',
    status: 'warning',
    message: 'not in the HTML of this page',
    hint: 'tag manager'
  },
  'the embed code with the type that a consent manager sets': {
    page: ({ snippet }) => html(snippet + embedCode('na1').replace('<script', '<script type="text/plain"')),
    finds: 'page-loader',
    status: 'warning',
    message: 'consent managers'
  },
  'a portal other than the given one': {
    page: ({ snippet }) => html(snippet + embedCode('na1')),
    args: ['--portal-id', '777'],
    finds: 'page-loader',
    message: 'of portal 12345, not of 777'
  },
  'a region other than the given one': {
    page: ({ snippet }) => html(snippet + embedCode('na1')),
    given: { env: { HUBSPOT_REGION: 'eu1' } },
    finds: 'page-loader',
    message: 'of region na1, not of eu1'
  }
}

const POLICIES: Record<string, Mistake> = {
  'blocks inline scripts': {
    ...withPolicy("default-src 'self' https:"),
    finds: 'page-csp-script',
    message: 'lets no inline script run (default-src)',
    hint: 'browserScript()'
  },
  'a nonce that the snippet does not have': {
    ...withPolicy(`script-src 'nonce-${NONCE}' https:`),
    finds: 'page-csp-script',
    message: 'lets no script run without its nonce (script-src), and the snippet has none',
    hint: 'res.locals.cspNonce'
  },
  'another nonce than the snippet has': {
    ...withPolicy(`script-src 'nonce-${NONCE}' https:`, 'b3RoZXI='),
    finds: 'page-csp-script',
    message: 'has another nonce in script-src than the snippet',
    hint: 'in one request'
  },
  "'unsafe-inline' beside a nonce": {
    ...withPolicy(`script-src 'unsafe-inline' 'nonce-${NONCE}' https:`),
    finds: 'page-csp-script',
    message: 'and the snippet has none'
  },
  'the second of two policies': {
    ...withPolicy(`script-src 'nonce-${NONCE}' https:, script-src 'self' https:`, NONCE),
    finds: 'page-csp-script',
    message: 'lets no inline script run (script-src)'
  },
  'a meta element beside the header': {
    page: ({ snippet }) =>
      html(`<meta http-equiv="Content-Security-Policy" content="script-src https:">${snippet}${embedCode('na1')}`),
    finds: 'page-csp-script',
    message: 'lets no inline script run'
  },
  'a sandbox without scripts': {
    ...withPolicy('sandbox allow-forms'),
    finds: 'page-csp-script',
    message: 'runs no script at all',
    hint: 'allow-scripts'
  },
  "does not allow the embed code's host": {
    ...withPolicy(`script-src 'self' 'nonce-${NONCE}'`, NONCE),
    finds: 'page-csp-script',
    message: "does not let the chat's script load",
    hint: 'https://js.hs-scripts.com'
  },
  'the embed code without a scheme, on a page over http': {
    ...withPolicy(`script-src 'nonce-${NONCE}' https://js.hs-scripts.com`, NONCE),
    page: ({ snippet }) => html(snippet + embedCode('na1').replace('https:', '')),
    finds: 'page-csp-script',
    message: "does not let the chat's script load",
    hint: 'Write https:'
  },
  "'strict-dynamic' and an embed code without the nonce": {
    ...withPolicy(`script-src 'strict-dynamic' 'nonce-${NONCE}' https:`, NONCE),
    finds: 'page-csp-script',
    message: "does not let the chat's script load",
    hint: "'strict-dynamic'"
  },
  'blocks the script with data-endpoint': {
    before: (app) => {
      app.use((_req, res, next) => {
        res.setHeader('Content-Security-Policy', "script-src https://js.hs-scripts.com; connect-src 'none'")
        next()
      })
    },
    routes: (app, identification) => {
      app.get('/hubspot/token', identification.tokenEndpoint())
      app.get(
        '/',
        (_req, res) => void res.send(html('<script src="/chat.js" data-endpoint="/hubspot/token"></script>'))
      )
    },
    finds: 'page-csp-script',
    message: 'data-endpoint',
    hint: "'self'"
  },
  'blocks images': {
    ...withPolicy(
      chatPolicy((name) => name === 'img-src'),
      NONCE
    ),
    finds: 'page-csp-hosts',
    message: 'blocks hosts that the chat needs',
    hint: 'img-src: https://track.hubspot.com https://*.hubspot.com https://static.hsappstatic.net. cspDirectives()'
  },
  'blocks one of the connections': {
    ...withPolicy(
      chatPolicy((_name, source) => source === 'wss://*.hubspot.com'),
      NONCE
    ),
    finds: 'page-csp-hosts',
    message: 'blocks hosts that the chat needs',
    hint: 'Add to connect-src: wss://*.hubspot.com. cspDirectives()'
  },
  'blocks frames by default-src': {
    ...withPolicy(
      `default-src 'self'; ${chatPolicy((name) => name === 'frame-src').replace(/frame-src[^;]*;/, '')}`,
      NONCE
    ),
    finds: 'page-csp-hosts',
    message: 'blocks hosts that the chat needs',
    hint: 'frame-src: https://app.hubspot.com; to style-src:'
  },
  "blocks the scripts that the chat's script loads": {
    ...withPolicy(`script-src 'nonce-${NONCE}' https://js.hs-scripts.com`, NONCE),
    finds: 'page-csp-hosts',
    message: 'blocks hosts that the chat needs',
    hint: 'script-src: https://js.usemessages.com'
  },
  'allows only the hosts of another region': {
    ...withPolicy(
      chatPolicy(() => false),
      NONCE
    ),
    page: ({ snippet }) => html(snippet + embedCode('eu1')),
    finds: 'page-csp-hosts',
    message: 'blocks hosts that the chat needs',
    hint: 'https://app-eu1.hubspot.com'
  },
  'blocks inline styles': {
    ...withPolicy("style-src 'self' https:"),
    finds: 'page-csp-styles',
    status: 'warning',
    message: 'allows no inline styles',
    hint: 'avoidInlineStyles'
  },
  'a policy that only reports': {
    page: ({ snippet }, res) => {
      res.setHeader('Content-Security-Policy-Report-Only', "default-src 'self'")
      return html(snippet + embedCode('na1'))
    },
    finds: 'page-csp-script',
    status: 'warning',
    message: 'A policy that only reports, once enforced, lets no inline script run (default-src)'
  },
  'a policy that only reports and does not allow all hosts': {
    page: ({ snippet }, res) => {
      res.setHeader('Content-Security-Policy-Report-Only', "img-src 'self'")
      return html(snippet + embedCode('na1'))
    },
    finds: 'page-csp-hosts',
    status: 'warning',
    message: 'once enforced, blocks hosts that the chat needs',
    hint: 'Before it is enforced, add to img-src:'
  }
}

const IDENTITY: Record<string, Mistake> = {
  'public for shared caches': {
    front: { 'cache-control': 'public, max-age=60' },
    page: ({ snippet }) => html(snippet),
    finds: 'page-cache',
    message: 'others could get it',
    hint: 'private, no-store'
  },
  'stored by a CDN': {
    front: { 'cdn-cache-control': 'max-age=60' },
    page: ({ snippet }) => html(snippet),
    finds: 'page-cache',
    message: 'others could get it',
    hint: 'CDN header'
  },
  'settings written without the library on a page that may be stored': {
    page: () =>
      html(`<script>hsConversationsSettings={identificationEmail:'a@example.com',identificationToken:'x'}</script>`),
    finds: 'page-cache',
    message: 'others could get it'
  },
  'printed escaped by a page that may be stored': {
    front: { 'cache-control': 'public, max-age=60' },
    page: ({ snippet }) => html(escapeAll(snippet)),
    finds: 'page-cache',
    message: 'others could get it'
  },
  'settings printed escaped by a page that may be stored': {
    front: { 'cache-control': 'public, max-age=60' },
    page: ({ json }) => html(`<script>window.hsConversationsSettings = ${escapeNamed(json)}</script>`),
    finds: 'page-cache',
    message: 'others could get it'
  },
  'a page that the app itself makes public': {
    page: (hubspot, res) => {
      res.setHeader('Cache-Control', 'public, max-age=60')
      return html(hubspot.snippet)
    },
    finds: 'page-identity',
    message: 'such a page is given no identity',
    hint: 'Cache-Control: private'
  },
  'a guest with a cookie': {
    page: ({ snippet }) => html(snippet),
    user: undefined,
    args: ['--cookie', 'connect.sid=s%3Aunknown'],
    finds: 'page-identity',
    message: 'Nobody is identified with this cookie.',
    hint: "the app's console"
  },
  'a guest without a cookie': {
    page: ({ snippet }) => html(snippet),
    user: undefined,
    finds: 'page-identity',
    status: 'skipped',
    message: /Looked at as a guest.+--cookie/
  },
  'a reason that the page prints': {
    user: 'eve',
    page: ({ snippet }) => html(snippet, '<main data-hubspot-reason="unverified"></main>'),
    finds: 'page-identity',
    message: 'Nobody is identified (unverified).',
    hint: 'verify'
  },
  'a reason that a page prints for a guest': {
    user: undefined,
    page: ({ snippet }) => html(snippet, '<main data-hubspot-reason="no-user"></main>'),
    finds: 'page-identity',
    status: 'skipped',
    message: 'Nobody is identified (no-user). Looked at as a guest'
  },
  'a text in place of a reason, which is not printed': {
    user: 'eve',
    page: ({ snippet }) => html(snippet, '<main data-hubspot-reason="ann-secret"></main>'),
    finds: 'page-identity',
    message: 'Nobody is identified with this cookie.'
  },
  'a URL-encoded email address': {
    page: ({ json }) => html(`<script>hsConversationsSettings = ${json.replace('@', '%40')}</script>`),
    finds: 'page-identity',
    message: 'not in the form that HubSpot takes',
    hint: 'unchanged'
  },
  'an email address without a token': {
    page: () => html(`<script>hsConversationsSettings = { "identificationEmail": "ann@example.com" }</script>`),
    finds: 'page-identity',
    message: 'only one is there'
  },
  'identified without any cookie': {
    user: undefined,
    options: { session: false, visitor: () => ({ email: 'ann@example.com' }) },
    page: ({ snippet }) => html(snippet),
    finds: 'page-identity',
    status: 'warning',
    message: 'although no cookie was sent'
  }
}

/** A page that uses this token endpoint. */
const asking = (endpoint: string) => html(`<script src="/chat.js" data-endpoint="${endpoint}" defer></script>`)

const ENDPOINT: Record<string, Mistake> = {
  'a catch-all that answers with a page': {
    page: () => asking('/hubspot/token'),
    routes: (app) => {
      app.get('/hubspot/token', (_req, res) => void res.send(html('')))
    },
    finds: 'page-identity',
    message: 'answers 200 with something that is no identity',
    hint: 'catch-all'
  },
  'answers with other JSON': {
    page: () => asking('/hubspot/token'),
    routes: (app) => {
      app.get('/hubspot/token', (_req, res) => void res.json({ user: 'ann' }))
    },
    finds: 'page-identity',
    message: 'no identity'
  },
  'is not mounted': {
    page: () => asking('/hubspot/token'),
    finds: 'page-identity',
    message: 'answers 404',
    hint: 'Mount it'
  },
  'behind a login guard': {
    page: () => asking('/hubspot/token'),
    routes: (app) => {
      app.get('/hubspot/token', (_req, res) => res.redirect('/login'))
    },
    finds: 'page-identity',
    message: 'answers 302',
    hint: 'before the guard'
  },
  'HubSpot gives no token': {
    options: { fetch: () => Promise.reject(new Error('unplugged')) },
    page: () => asking('/hubspot/token'),
    routes: (app, identification) => {
      app.get('/hubspot/token', identification.tokenEndpoint())
    },
    finds: 'page-identity',
    message: 'answers 503',
    hint: 'doctor --email'
  },
  'nobody is logged in': {
    user: undefined,
    args: ['--cookie', 'connect.sid=old'],
    page: () => asking('/hubspot/token'),
    routes: (app, identification) => {
      app.get('/hubspot/token', identification.tokenEndpoint())
    },
    finds: 'page-identity',
    message: 'nobody is logged in with this cookie'
  },
  'is on another origin': {
    page: () => asking('https://api.example.com/hubspot/token'),
    finds: 'page-identity',
    message: 'another origin',
    hint: 'startChat({ token })'
  },
  'stored by shared caches': {
    front: { 'cache-control': 'max-age=60' },
    page: () => asking('/hubspot/token'),
    routes: (app, identification) => {
      app.get('/hubspot/token', identification.tokenEndpoint())
    },
    finds: 'page-identity',
    message: 'shared caches may store its answer'
  }
}

const PAGE: Record<string, Mistake> = {
  'a login, seen as a guest': {
    user: undefined,
    routes: (app) => {
      app.get('/', (_req, res) => res.redirect('/sign-in?next=%2F'))
      app.get('/sign-in', (_req, res) => void res.send(html('')))
    },
    finds: 'page',
    message: 'redirects to a login.',
    hint: '--cookie'
  },
  'a login by its password field, seen with a cookie': {
    user: 'ann',
    routes: (app) => {
      app.get('/', (_req, res) => res.redirect('/welcome'))
      app.get('/welcome', (_req, res) => void res.send(html('', '<form><input type="Password"></form>')))
    },
    finds: 'page',
    message: 'redirects to a login.',
    hint: 'copy a fresh one'
  },
  JSON: {
    routes: (app) => {
      app.get('/', (_req, res) => void res.json({}))
    },
    finds: 'page',
    message: 'no HTML by its Content-Type'
  },
  'HTML as plain text': {
    routes: (app) => {
      app.get('/', (_req, res) => void res.type('text/plain').send(html('')))
    },
    finds: 'page',
    message: 'no HTML by its Content-Type'
  },
  'a download': {
    routes: (app) => {
      app.get('/', (_req, res) => void res.attachment('page.html').send(html('')))
    },
    finds: 'page',
    message: 'a download'
  },
  'a page that fails': {
    routes: (app) => {
      app.get('/', (_req, res) => void res.status(500).send(html('')))
    },
    finds: 'page',
    message: 'answers 500',
    hint: "app's log"
  },
  'an unknown path': {
    path: '/nowhere',
    finds: 'page',
    message: 'answers 404',
    hint: '--page'
  },
  'a page only for logged-in users': {
    user: undefined,
    routes: (app) => {
      app.get('/', (_req, res) => void res.status(403).send(html('')))
    },
    finds: 'page',
    message: 'answers 403',
    hint: '--cookie'
  },
  'redirects in a circle': {
    routes: (app) => {
      app.get('/', (_req, res) => res.redirect('/'))
    },
    finds: 'page',
    message: 'redirects more than 10 times',
    hint: 'in a circle'
  }
}

describe.each(
  Object.entries({ SNIPPET, LOADER, POLICIES, IDENTITY, ENDPOINT, PAGE }).map(([name, mistakes]) => ({
    name: name.toLowerCase(),
    mistakes: Object.entries(mistakes)
  }))
)('$name', ({ mistakes }) => {
  test.each(mistakes)('%s', async (_name, mistake) => {
    const { finds, status = 'failed', message, hint } = mistake
    const user = 'user' in mistake ? mistake.user : 'ann'
    const { code, byId, stdout } = await look(mistake, { ...mistake, user })
    const found = byId[finds]
    expect(found).toMatchObject({ status, message: expect.stringMatching(asPattern(message)) })
    if (hint) expect(found?.hint).toMatch(asPattern(hint))
    if (status === 'failed') expect(code).toBe(1)
    expect(stdout).not.toMatch(/@example|eyJ|secret/)
  })
})

test.each<[string, Site]>([
  ['the script alone', { options: loaded, page: ({ snippet }) => html(escapeAll(snippet)) }],
  [
    'settings without an identity',
    {
      options: { settings: { avoidInlineStyles: true } },
      page: ({ snippet, json }) =>
        html(`${escapeAll(snippet)}<script>window.hsConversationsSettings = ${escapeNamed(json)}</script>`)
    }
  ]
])("a guest's escaped snippet contains no identity: %s", async (_name, site) => {
  const { statuses, byId } = await look(site)
  expect(statuses).toMatchObject({ 'page-snippet': 'failed', 'page-cache': 'ok' })
  expect(byId['page-cache']?.message).toContain('holds no identity')
})

function asPattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text
}
