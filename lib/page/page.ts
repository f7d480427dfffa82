// The data of a view: request, response, who was identified, and what was computed for it so far.
import type { Request, Response } from 'express'
import type { NotIdentifiedReason } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { PageSettings } from './chat-settings.js'
import type { PersonalResponse, ResponseIdentity } from './personal-response.js'

/** The part of the request flow's result that views need. */
export type PageIdentity = ResponseIdentity & {
  readonly identification: Identification | undefined
  /** Why nobody was identified; `undefined` if a user was. */
  readonly reason: NotIdentifiedReason | undefined
  /** Whether the request still belongs to the identified visitor. */
  isCurrent(): boolean
  /** Whether a user was set on the request after the flow ran. */
  hasMissedUser(): boolean
  /** Whether user or session were replaced after the flow ran, and a user is still logged in. */
  hasOtherUser(): boolean
}

/**
 * The data of one view. A class, because V8 allocates object literals directly in the old generation once many of them have survived a
 * collection (pretenuring): each page would then keep its request in memory until the next full collection, which was measured as the
 * largest cost of this library for a page.
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
