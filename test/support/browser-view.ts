// A page as a browser sees it: parsed by parse5, its scripts run in a separate context.
import { createContext, runInContext } from 'node:vm'
import { type DefaultTreeAdapterMap, parse } from 'parse5'

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

/** All elements with this name. */
export function elementsIn(html: string, name: string): Element[] {
  const found: Element[] = []
  const visit = (node: Node): void => {
    if ('tagName' in node && node.tagName === name) found.push(node)
    if ('childNodes' in node) node.childNodes.forEach(visit)
  }
  visit(parse(html))
  return found
}

/** An element's attributes. */
export function attributesOf(element: Element): Record<string, string> {
  return Object.fromEntries(element.attrs.map(({ name, value }) => [name, value]))
}

/** The text inside an element. */
export function textOf(element: Element): string {
  return element.childNodes.map((child) => ('value' in child ? child.value : '')).join('')
}

/** The inline scripts of a page. */
export function inlineScriptsIn(html: string): Element[] {
  return elementsIn(html, 'script').filter((script) => !('src' in attributesOf(script)))
}

/**
 * Runs the page's inline scripts and gives `window.hsConversationsSettings` afterwards, without the prototypes of the realm.
 * `before` runs first, as a script above them.
 */
export function settingsSeenBy(html: string, before = ''): unknown {
  const window = runScripts(html, before)
  return JSON.parse(JSON.stringify(window['hsConversationsSettings'] ?? null))
}

/** Runs the page's inline scripts; gives the window. A script that throws fails the test. */
export function runScripts(html: string, before = ''): Record<string, unknown> {
  const window: Record<string, unknown> = {}
  createContext(window)
  runInContext('globalThis.window = globalThis', window)
  runInContext(before, window)
  for (const script of inlineScriptsIn(html)) runInContext(textOf(script), window)
  return window
}
