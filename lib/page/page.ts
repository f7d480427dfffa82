// One page: a request, its response, who was identified for it, and what has been worked out for its view so far.
import type { Request, Response } from 'express'
import type { NotIdentifiedReason } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { PageSettings } from './chat-settings.js'
import type { PersonalResponse, ResponseIdentity } from './personal-response.js'

/** What a view asks of the answer that the request flow found. */
export type PageIdentity = ResponseIdentity & {
  readonly identification: Identification | undefined
  /** Why the flow identified nobody, if so. */
  readonly reason: NotIdentifiedReason | undefined
  /** Whether the request still belongs to whom it was identified for. */
  isCurrent(): boolean
  /** Whether a user has appeared since, of whom the flow could not know. */
  hasMissedUser(): boolean
  /** Whether user or session were replaced since, and somebody is still logged in. */
  hasOtherUser(): boolean
}

/**
 * The page behind a view. A class on purpose: V8 comes to put what one object literal makes straight among the long-lived
 * objects once much of it has outlived a collection, and there each page would hold on to a whole request until the next full
 * collection. That cost more time than all the rest of this library's part in a page.
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
