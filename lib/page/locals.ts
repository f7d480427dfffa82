// `res.locals.hubspot`: the properties that views read. Each read checks that the identified user is still logged in, and makes the
// response private before it gives an identity.
import type { Request, Response } from 'express'
import { LRUCache } from 'lru-cache'
import type { Hints, NotIdentifiedReason, Report } from '../diagnostics.js'
import { type Identification, isUsable } from '../tokens/identification.js'
import type { PageSettings } from './chat-settings.js'
import { type LoaderSource, loaderUrl } from './loader.js'
import { createReadNonce, type NonceSettings } from './nonce.js'
import { Page, type PageIdentity } from './page.js'
import type { PersonalResponse } from './personal-response.js'
import { addIdentity, renderJson, renderSnippet } from './snippet.js'
import { createViews, type Property } from './view.js'

declare global {
  namespace Express {
    interface Locals {
      /** What views print for the HubSpot chat; set by express-hubspot-identification (under the default `localsKey`). */
      hubspot: HubSpotLocals
    }
  }
}

/** What views read. Each read of a property checks that the same user is still logged in. No property throws. */
export type HubSpotLocals = (IdentifiedLocals | AnonymousLocals) & {
  /** `hsConversationsSettings` of this page: your settings, plus both identity keys if a user is identified; frozen. Not enumerable. */
  readonly settings: PageSettings
  /** `settings` as ASCII JSON that is safe inside a script element. Not enumerable. */
  readonly json: string
  /** The script tags: print them unescaped in the page's head, above HubSpot's embed code. `''` if there are none. Not enumerable. */
  readonly snippet: string
}

type IdentifiedLocals = {
  /** Whether this page contains an identity. */
  readonly identified: true
  /** Why not; the README explains each value. */
  readonly reason: undefined
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** The address, exactly as it was sent to HubSpot. Not enumerable. */
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

/** The settings of the views. */
export type LocalsSettings = LoaderSource & NonceSettings & { readonly settings: PageSettings }

/** The views of one instance. */
export type Views = {
  /** Creates the view of one response. */
  show(req: Request, res: Response, identity: PageIdentity, personal: PersonalResponse): HubSpotLocals
  /** Drops the cached text of this address. */
  forget(email: string): void
}

const TOO_EARLY =
  'req.user appeared after this middleware had run: mount it behind passport.session(), and in a login route behind passport.authenticate(). Reason: user-came-later.'

const CHANGED =
  'req.user or the session was replaced after this middleware had run, so the view identifies nobody: mount it behind the code that replaces req.user, or run it again there. Reason: changed.'

/** The identification, if the same user is still logged in. Not after the response has ended: the view may then be used for another user. */
function currentOf({ identity, res }: Page): Identification | undefined {
  const { identification } = identity
  if (!identification || res.writableEnded || !isUsable(identification, Date.now())) return undefined
  return identity.isCurrent() ? identification : undefined
}

/** Why the page contains no identity at this moment. */
function reasonOf(page: Page): NotIdentifiedReason {
  const { identity } = page
  if (identity.identification) return currentOf(page) ? 'public-cache' : 'changed'
  return identity.hasMissedUser() ? 'user-came-later' : (identity.reason ?? 'changed')
}

/** The text for one identification: JSON, and the snippet of a page without a nonce. */
type Printed = { readonly token: string | undefined; readonly json: string; readonly snippet: string }

/** For how many visitors the text is cached; about 2 KB each. */
const MAX_PRINTED = 1000

/** Creates the views of an instance. */
export function createLocals(options: LocalsSettings, report: Report, hints: Hints): Views {
  const { settings } = options
  const loader = loaderUrl(options)
  const readNonce = createReadNonce(options, report)
  const json = renderJson(settings)
  const render = (json: string, nonce?: string, removesIdentity?: boolean) =>
    renderSnippet({ json, nonce, loaderUrl: loader, removesIdentity })
  /** Settings, JSON and snippet of a page without an identity. */
  const anonymous = { settings, token: undefined, json, snippet: render(json) }
  /** By address, not by token: a token is long, and V8 would have to hash it for each page. */
  const printed = new LRUCache<string, Printed>({ max: MAX_PRINTED })

  /** The identification, if this response may contain it; the response is then made private. */
  function reveal(page: Page): Identification | undefined {
    const identification = currentOrExplained(page)
    return identification && page.personal.claim() ? identification : undefined
  }

  function currentOrExplained(page: Page): Identification | undefined {
    const identification = currentOf(page)
    if (!identification && hints.isEnabled) explain(page)
    return identification
  }

  /** Hints why a view gives no identity after a login, or a switch of accounts, later in the same request. */
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

  /** The text of this page, without a nonce. */
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

  /** For properties that views print: records that the page has read one. */
  function print<T>(read: (page: Page) => T): (page: Page) => T {
    return (page) => {
      page.personal.markPrinted()
      return read(page)
    }
  }

  function snippetOf(page: Page): string {
    const text = textOf(page)
    const removesIdentity = text === anonymous && page.personal.removeIdentity()
    if (text.snippet === '' && !removesIdentity) return ''
    page.nonce ??= { value: readNonce(page.req, page.res) }
    const nonce = page.nonce.value
    return nonce || removesIdentity ? render(text.json, nonce, removesIdentity) : text.snippet
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
