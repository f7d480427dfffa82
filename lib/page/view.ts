// The object on res.locals that templates read: own properties, computed at each read, and no token in a log of the locals. Not the same
// object as Page, whose fields a log would show.
import type { Page } from './page.js'
import { RESPONSE } from './personal-response.js'

/** The target of a view's proxy. The page is a private field, so that a log of the locals shows no token. */
class View {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  static pageOf(view: View): Page {
    return view.#page
  }
}

/** How a property of a view is computed, and whether a log of the locals shows it. */
export type Property = { readonly read: (page: Page) => unknown; readonly enumerable: boolean }

/** The properties of a view, by name. */
export type Properties = Readonly<Record<string, Property>>

/**
 * A proxy, because Handlebars refuses inherited properties, and defining eight accessors on each view was measured as 10% of the time of
 * a page.
 */
function createHandler(properties: Properties): ProxyHandler<View> {
  const names = Object.keys(properties)
  const find = (name: string | symbol) =>
    typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined
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
    // Object.freeze redefines each property as it is; all other definitions are refused.
    defineProperty: (view, name, asked) => !Reflect.isExtensible(view) && Reflect.defineProperty(view, name, asked),
    deleteProperty: () => false,
    preventExtensions(view) {
      if (Reflect.isExtensible(view)) addAccessors(view, properties)
      return Reflect.preventExtensions(view)
    }
  }
}

/** For apps that deep-freeze their locals: the proxy of a non-extensible target may report only properties of that target. */
function addAccessors(view: View, properties: Properties): void {
  for (const [name, { read, enumerable }] of Object.entries(properties)) {
    Object.defineProperty(view, name, {
      get(this: unknown) {
        // util.inspect reads the target of a proxy, and with `showHidden` also what is not enumerable.
        return this === view && !enumerable ? undefined : read(View.pageOf(view))
      },
      enumerable
    })
  }
}

/** Creates the function that makes the view of a page. */
export function createViews<L>(properties: Properties): (page: Page) => L {
  const handler = createHandler(properties)
  return (page) => new Proxy(new View(page), handler) as unknown as L
}
