// One page: a request, its response, who was identified for it, and what has been worked out for its view so far.
import type { Request, Response } from 'express'
import type { NotIdentifiedReason } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { PageSettings } from './chat-settings.js'
import type { PersonalResponse, ResponseIdentity } from './personal-response.js'

/** What a view needs to know of the result of the request flow. */
export type PageIdentity = ResponseIdentity & {
  readonly identification: Identification | undefined
  /** Why the flow identified nobody, if so. */
  readonly reason: NotIdentifiedReason | undefined
  /** Whether the visitor that was identified is still the one of this request. */
  isCurrent(): boolean
  /** Whether a user has been set on the request after the flow ran. */
  hasMissedUser(): boolean
  /** Whether user or session were replaced since, and somebody is still logged in. */
  hasOtherUser(): boolean
}

/**
 * The page behind a view. A class, because V8 allocates the objects of a literal directly in the old generation once many of them
 * have survived a collection (pretenuring): each page would then keep its request in memory until the next full collection, which
 * was measured as the largest cost of a page in this library.
 */
export class Page {
  readonly req: Request
  readonly res: Response
  readonly identity: PageIdentity
  readonly personal: PersonalResponse
  settings: PageSettings | undefined
  nonce: { readonly value: string | undefined } | undefined

  constructor(req: Request, res: Response, identity: PageIdentity, personal: PersonalResponse) {
    this.req = req
    this.res = res
    this.identity = identity
    this.personal = personal
  }
}
