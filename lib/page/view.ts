// A view as an object: own properties for template engines, read anew each time, and no token in a dump of the locals.
import type { Request, Response } from 'express'
import type { RequestIdentity } from '../request-identity.js'
import type { PageSettings } from './chat-settings.js'
import type { HubSpotLocals } from './locals.js'
import type { PersonalResponse } from './personal-response.js'

/**
 * The page behind a view. A class on purpose: V8 comes to put what one object literal makes straight among the long-lived
 * objects once much of it has outlived a collection, and there each page would hold on to a whole request until the next full
 * collection. That cost more time than all the rest of this library's part in a page.
 */
export class Page {
  readonly req: Request
  readonly res: Response
  readonly identity: RequestIdentity
  readonly personal: PersonalResponse
  settings: PageSettings | undefined
  nonce: { readonly value: string | undefined } | undefined

  constructor(req: Request, res: Response, identity: RequestIdentity, personal: PersonalResponse) {
    this.req = req
    this.res = res
    this.identity = identity
    this.personal = personal
  }
}

/** What stands behind a view; its page is a private field, so that a dump of the locals shows no token. */
class View {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  static pageOf(view: View): Page {
    return view.#page
  }
}

/** How a property of a view is read, and whether a dump of the locals shows it. */
export type Property = { readonly read: (page: Page) => unknown; readonly enumerable: boolean }

/** How the library itself asks a view for its response; no name that a view could know. */
const RESPONSE = Symbol('response')

/** The response that a view was made for; nothing for what is no view. */
export function responseBehind(view: unknown): PersonalResponse | undefined {
  return (view as { readonly [RESPONSE]?: PersonalResponse } | undefined)?.[RESPONSE]
}

/**
 * Own properties, because Handlebars refuses inherited ones, but none that are made anew for each page: seven accessors on
 * every view cost an ordinary page a tenth of its time.
 */
function createHandler(properties: Record<keyof HubSpotLocals, Property>): ProxyHandler<View> {
  const names = Object.keys(properties)
  const find = (name: string | symbol) =>
    Object.hasOwn(properties, name) ? properties[name as keyof HubSpotLocals] : undefined
  return {
    get(view, name) {
      const property = find(name)
      if (property) return property.read(View.pageOf(view))
      return name === RESPONSE ? View.pageOf(view).personal : Reflect.get(view, name)
    },
    has: (view, name) => find(name) !== undefined || Reflect.has(view, name),
    ownKeys: () => names,
    getOwnPropertyDescriptor(view, name) {
      const property = find(name)
      if (!property) return undefined
      if (!Reflect.isExtensible(view)) return Reflect.getOwnPropertyDescriptor(view, name)
      return { get: () => property.read(View.pageOf(view)), enumerable: property.enumerable, configurable: true }
    },
    // A freeze asks for what its properties are already; the language itself refuses anything else.
    defineProperty: (view, name, asked) => !Reflect.isExtensible(view) && Reflect.defineProperty(view, name, asked),
    deleteProperty: () => false,
    preventExtensions(view) {
      if (Reflect.isExtensible(view)) addAccessors(view, properties)
      return Reflect.preventExtensions(view)
    }
  }
}

/** Apps freeze their locals to the depth, and of something frozen a proxy may only tell what it has. */
function addAccessors(view: View, properties: Record<keyof HubSpotLocals, Property>): void {
  for (const [name, { read, enumerable }] of Object.entries(properties)) {
    Object.defineProperty(view, name, {
      get(this: unknown) {
        // util.inspect looks behind the proxy, and can be told to read what is not enumerable.
        return this === view && !enumerable ? undefined : read(View.pageOf(view))
      },
      enumerable
    })
  }
}

/** Makes the function that gives each page its view. */
export function createViews(properties: Record<keyof HubSpotLocals, Property>): (page: Page) => HubSpotLocals {
  const handler = createHandler(properties)
  return (page) => new Proxy(new View(page), handler) as unknown as HubSpotLocals
}
