// What a view sees as `res.locals.hubspot`: each read checks who is logged in now, and makes the response personal.
import type { Request, Response } from 'express'
import { LRUCache } from 'lru-cache'
import type { Hints, NotIdentifiedReason, Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import { type Identification, isUsable } from '../tokens/identification.js'
import { ignoreRejection, isThenable } from '../visitor/thenable.js'
import type { PageSettings } from './chat-settings.js'
import { type LoaderSource, loaderUrl } from './loader.js'
import { Page, type PageIdentity } from './page.js'
import type { PersonalResponse } from './personal-response.js'
import { addIdentity, isNonce, renderJson, renderSnippet } from './snippet.js'
import { createViews, type Property } from './view.js'

declare global {
  namespace Express {
    interface Locals {
      /** What views print for the HubSpot chat; set by express-hubspot-identification (under the default `localsKey`). */
      hubspot: HubSpotLocals
    }
  }
}

/** What a view sees. Each property checks at each read whether the same user is still logged in; none ever throws. */
export type HubSpotLocals = (IdentifiedLocals | AnonymousLocals) & {
  /** `hsConversationsSettings` of this page: your settings, plus both identity keys when identified; frozen. Not enumerable. */
  readonly settings: PageSettings
  /** `settings` as ASCII JSON that is safe inside a script element. Not enumerable. */
  readonly json: string
  /** The script tags to print unescaped in the page's head, above HubSpot's embed code; `''` when there are none to print. Not enumerable. */
  readonly snippet: string
}

type IdentifiedLocals = {
  /** Whether this page carries an identity. */
  readonly identified: true
  /** Why not, in one word; the README explains each of them. */
  readonly reason: undefined
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** The address, exactly as HubSpot was told it. Not enumerable. */
  readonly email: string
  /** HubSpot's token for that address. Not enumerable. */
  readonly token: string
}

type AnonymousLocals = {
  readonly identified: false
  readonly reason: NotIdentifiedReason
  readonly expiresAt: undefined
  readonly email: undefined
  readonly token: undefined
}

/** The part of the settings that decides what a page is told. */
export type LocalsSettings = LoaderSource & {
  readonly settings: PageSettings
  readonly nonce?: ((req: Request, res: Response) => string | undefined) | undefined
}

/** The views of one instance. */
export type Views = {
  /** Builds the view of one response. */
  show(req: Request, res: Response, identity: PageIdentity, personal: PersonalResponse): HubSpotLocals
  /** Drops the rendered text of this address. */
  forget(email: string): void
}

const TOO_EARLY =
  'req.user appeared after this middleware had run: mount it behind passport.session(), and in a login route behind passport.authenticate(). Reason: user-came-later.'

const CHANGED =
  'req.user or the session was replaced after this middleware had run, so the view names nobody: mount it behind whatever loads req.user anew, or run it once more. Reason: changed.'

/** The identification, if the same user is still logged in. A view used after its response has ended is on another user's page. */
function currentOf({ identity, res }: Page): Identification | undefined {
  const { identification } = identity
  if (!identification || res.writableEnded || !isUsable(identification, Date.now())) return undefined
  return identity.isCurrent() ? identification : undefined
}

/** Why this page carries no identity now. */
function reasonOf(page: Page): NotIdentifiedReason {
  const { identity } = page
  if (identity.identification) return currentOf(page) ? 'public-cache' : 'changed'
  return identity.hasMissedUser() ? 'user-came-later' : (identity.reason ?? 'changed')
}

/** What a page prints for one identification: as JSON, and as the snippet of a page without a nonce. */
type Printed = { readonly token: string | undefined; readonly json: string; readonly snippet: string }

/** Visitors whose rendered text is kept; about 2 KB each. */
const MAX_PRINTED = 1000

/** Makes the views of an instance. */
export function createLocals(options: LocalsSettings, report: Report, hints: Hints): Views {
  const { settings } = options
  const loader = loaderUrl(options)
  const json = renderJson(settings)
  const render = (json: string, nonce?: string, takesAway?: boolean) =>
    renderSnippet({ json, nonce, loaderUrl: loader, takesAway })
  /** The settings, JSON and snippet of a page without an identity. */
  const anonymous = { settings, token: undefined, json, snippet: render(json) }
  /** By address, because the token is long, and V8 would have to hash it for each page. */
  const printed = new LRUCache<string, Printed>({ max: MAX_PRINTED })

  /** The identity, if this response may carry it; it is then made personal. */
  function reveal(page: Page): Identification | undefined {
    const identification = currentOrExplained(page)
    return identification && page.personal.claim() ? identification : undefined
  }

  function currentOrExplained(page: Page): Identification | undefined {
    const identification = currentOf(page)
    if (!identification && hints.isEnabled) explain(page)
    return identification
  }

  /** A view that is read after a login, or a switch of accounts, later in the same request identifies nobody. */
  function explain({ identity, res }: Page): void {
    if (res.writableEnded) return
    if (identity.identification && identity.hasOtherUser()) hints.say('changed', CHANGED)
    else if (identity.hasMissedUser()) hints.say('user-came-later', TOO_EARLY)
  }

  function isShown(page: Page): boolean {
    return currentOrExplained(page) !== undefined && page.personal.canBeClaimed()
  }

  function settingsOf(page: Page): PageSettings {
    const identification = reveal(page)
    if (!identification) return anonymous.settings
    page.settings ??= Object.freeze({
      ...options.settings,
      identificationEmail: identification.email,
      identificationToken: identification.token
    })
    return page.settings
  }

  /** What this page prints, if it carries no nonce. */
  function textOf(page: Page): Printed {
    const identification = reveal(page)
    if (!identification) return anonymous
    const { email, token } = identification
    // peek() does not update the order of use, which would cost more than rendering a few texts again.
    const known = printed.peek(email)
    if (known?.token === token) return known
    const json = addIdentity(anonymous.json, identification)
    const text = { token, json, snippet: render(json) }
    printed.set(email, text)
    return text
  }

  /** For the properties that a page can print. */
  function print<T>(read: (page: Page) => T): (page: Page) => T {
    return (page) => {
      page.personal.markPrinted()
      return read(page)
    }
  }

  function snippetOf(page: Page): string {
    const text = textOf(page)
    const takesAway = text === anonymous && page.personal.takeAway()
    if (text.snippet === '' && !takesAway) return ''
    page.nonce ??= { value: nonceOf(page) }
    const nonce = page.nonce.value
    return nonce || takesAway ? render(text.json, nonce, takesAway) : text.snippet
  }

  function nonceOf({ req, res }: Page): string | undefined {
    const hint = 'Give a nonce of base64 characters, as a string or as the result of the "nonce" function.'
    const refuse = (what: string, thrown?: unknown): undefined => {
      const cause = thrown === undefined ? undefined : summarizeCause(thrown)
      report(
        { code: 'ERR_VISITOR_INVALID', message: `The CSP nonce ${what}; it was left out. ${hint}`, hint, cause },
        req
      )
    }
    try {
      const nonce: unknown = options.nonce ? options.nonce(req, res) : res.locals['cspNonce']
      if (nonce === undefined || nonce === null || nonce === '') return undefined
      if (isThenable(nonce)) ignoreRejection(nonce)
      return isNonce(nonce) ? nonce : refuse('is malformed')
    } catch (thrown) {
      return refuse('function threw', thrown)
    }
  }

  const shown = <T>(read: (page: Page) => T): Property => ({ read, enumerable: true })
  const hidden = <T>(read: (page: Page) => T): Property => ({ read, enumerable: false })
  const viewOf = createViews<HubSpotLocals>({
    identified: shown(isShown),
    reason: shown((page) => (isShown(page) ? undefined : reasonOf(page))),
    expiresAt: shown((page) => (isShown(page) ? page.identity.identification?.expiresAt : undefined)),
    email: hidden((page) => reveal(page)?.email),
    token: hidden(print((page) => reveal(page)?.token)),
    settings: hidden(print(settingsOf)),
    json: hidden(print((page) => textOf(page).json)),
    snippet: hidden(print(snippetOf))
  } satisfies Record<keyof HubSpotLocals, Property>)

  return {
    show: (req, res, identity, personal) => viewOf(new Page(req, res, identity, personal)),
    forget: (email) => void printed.delete(email)
  }
}
