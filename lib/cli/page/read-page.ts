// Reads the facts that the checks need from a page's HTML, with a parser that follows the rules for browsers.
import type { DefaultTreeAdapterMap } from 'parse5'
import { isLoopback } from '../../mint/base-url.js'
import {
  hasEscapedSettings,
  holdsIdentity,
  holdsSnippet,
  isSnippet,
  readOwnSettings,
  readSnippet,
  type Settings
} from './snippet-text.js'

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

/** A script of the page, in the order of the document. */
export type Script = {
  /** Its position among all scripts. */
  readonly index: number
  readonly text: string
  readonly nonce: string | undefined
  /** `false` for a type that browsers do not run; consent managers set such types. */
  readonly runs: boolean
}

/** The chat's script: from HubSpot, or from a simulator on this machine. */
export type Loader = Script & {
  readonly src: URL
  readonly portalId: string
  /** `undefined` for the simulator. */
  readonly region: string | undefined
}

/** The facts about a page. */
export type PageFacts = {
  readonly snippets: readonly (Script & { readonly settings: Settings | undefined })[]
  /** The app's own scripts that set an identity. */
  readonly own: readonly (Script & { readonly settings: Settings })[]
  readonly loaders: readonly Loader[]
  /** The script that starts the chat with a token endpoint. */
  readonly starters: readonly (Script & { readonly src: URL; readonly endpoint: URL | undefined })[]
  /** Where the snippet is printed but is not a script: as text of the page, in another element or in a comment. */
  readonly misplaced: readonly string[]
  readonly hasEscapedSettings: boolean
  /** Whether a snippet or settings that do not run contain an identity, which the page then discloses without any use. */
  readonly hasIdentityInText: boolean
  /** The policies in meta elements of the head. */
  readonly policies: readonly string[]
  /** The value of `data-hubspot-reason` in the page; may be any text. */
  readonly reason: string | undefined
  readonly hasPasswordField: boolean
}

const LOADER_HOST = /^js(?:-([a-z]{2,4}\d{1,2}))?\.hs-scripts\.com$/
const LOADER_PATH = /\/(\d{1,20})\.js$/
const RUNNING_TYPE = /^(|module|(text|application)\/(x-)?(java|ecma)script|text\/(jscript|livescript))$/i
/** Elements whose content browsers treat as text. */
const TEXT_ELEMENTS = new Set([
  'title',
  'textarea',
  'style',
  'noscript',
  'iframe',
  'xmp',
  'noembed',
  'noframes',
  'plaintext'
])

/** Reads a page. */
export async function readPage(html: string, url: URL): Promise<PageFacts> {
  // Imported here because only this command needs the parser.
  const { parse } = await import('parse5')
  const reader = new PageReader(url)
  reader.visit(parse(html.replace(/^\ufeff/, '')), 'page')
  return reader
}

class PageReader implements PageFacts {
  readonly snippets: PageFacts['snippets'][number][] = []
  readonly own: PageFacts['own'][number][] = []
  readonly loaders: Loader[] = []
  readonly starters: PageFacts['starters'][number][] = []
  readonly misplaced: string[] = []
  readonly policies: string[] = []
  hasEscapedSettings = false
  hasIdentityInText = false
  reason: string | undefined
  hasPasswordField = false
  #base: URL
  #scripts = 0

  constructor(url: URL) {
    this.#base = url
  }

  /** `parent` is the name of the parent element, or `template` at any depth inside a template. */
  visit(node: Node, parent: string): void {
    if (node.nodeName === '#text' && 'value' in node) this.#readText(node.value, parent)
    else if (node.nodeName === '#comment' && 'data' in node) this.#readText(node.data, 'a comment')
    if ('attrs' in node && parent !== 'template') this.#readElement(node, parent)
    const name = parent === 'template' ? parent : node.nodeName
    if ('content' in node) this.visit(node.content, 'template')
    if ('childNodes' in node) for (const child of node.childNodes) this.visit(child, name)
  }

  #readText(text: string, parent: string): void {
    const isInert = parent === 'template' && isSnippet(text)
    if (parent === 'script' || !(isInert || holdsSnippet(text))) return
    this.hasIdentityInText ||= holdsIdentity(text)
    this.misplaced.push(parent === 'a comment' ? parent : isInert || TEXT_ELEMENTS.has(parent) ? `<${parent}>` : 'text')
  }

  #readElement(element: Element, parent: string): void {
    const attribute = (name: string) => element.attrs.find((candidate) => candidate.name === name)?.value
    this.reason ??= attribute('data-hubspot-reason')
    switch (element.nodeName) {
      case 'base':
        this.#base = this.#resolve(attribute('href')) ?? this.#base
        break
      case 'input':
        this.hasPasswordField ||= attribute('type')?.toLowerCase() === 'password'
        break
      case 'meta':
        // Browsers ignore a policy in a meta element outside the head.
        if (parent === 'head' && attribute('http-equiv')?.toLowerCase() === 'content-security-policy') {
          this.policies.push(attribute('content') ?? '')
        }
        break
      case 'script':
        this.#readScript(element, attribute)
        break
      default:
        break
    }
  }

  #readScript(element: Element, attribute: (name: string) => string | undefined): void {
    const text = element.childNodes.map((child) => ('value' in child ? child.value : '')).join('')
    const script: Script = {
      index: this.#scripts,
      text,
      nonce: attribute('nonce'),
      runs: RUNNING_TYPE.test(attribute('type')?.trim() ?? '')
    }
    this.#scripts += 1
    if (attribute('src') !== undefined) {
      const src = this.#resolve(attribute('src'))
      if (src) this.#readSource({ ...script, src }, attribute('data-endpoint'))
    } else if (isSnippet(text)) {
      this.snippets.push({ ...script, settings: readSnippet(text) })
    } else if (hasEscapedSettings(text)) {
      this.hasEscapedSettings = true
      this.hasIdentityInText ||= holdsIdentity(text)
    } else {
      const settings = readOwnSettings(text)
      if (settings) this.own.push({ ...script, settings })
    }
  }

  #readSource(script: Script & { readonly src: URL }, endpoint: string | undefined): void {
    if (endpoint !== undefined) this.starters.push({ ...script, endpoint: this.#resolve(endpoint) })
    const [, portalId] = LOADER_PATH.exec(script.src.pathname) ?? []
    if (portalId === undefined) return
    const host = LOADER_HOST.exec(script.src.hostname)
    if (host) this.loaders.push({ ...script, portalId, region: host[1] ?? 'na1' })
    else if (isLoopback(script.src)) this.loaders.push({ ...script, portalId, region: undefined })
  }

  #resolve(address: string | undefined): URL | undefined {
    return address !== undefined && URL.canParse(address, this.#base.href)
      ? new URL(address, this.#base.href)
      : undefined
  }
}
