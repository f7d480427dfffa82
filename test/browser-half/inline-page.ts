// A page without a browser: runs the snippet's script with given globals, and records its calls on the widget.
import vm from 'node:vm'
import { INLINE_SCRIPT } from '../../lib/page/browser-code.js'

/** The abilities of the widget; they differ between builds of HubSpot's script. */
export type Build = {
  /** The answer of `widget.status()`; some builds have no `pending`. */
  status?: { loaded?: boolean; pending?: boolean }
  /** Whether `resetAndReloadWidget` exists. */
  canReload?: boolean
  /** Whether every method throws. */
  throws?: boolean
}

/** A page with a widget of this build, or without one. */
export function createPage({ before, build }: { before?: string; build?: Build | undefined } = {}) {
  const calls: string[] = []
  const clock = { setTimeout: () => 0, clearTimeout: () => undefined }
  const context = vm.createContext({ record: (text: string) => calls.push(text), build, ...clock })
  vm.runInContext(
    `var window = globalThis
     if (build) {
       const status = build.status
       const note = (name) => (argument) => {
         const { identificationEmail } = window.hsConversationsSettings
         record(argument ? name + ' ' + JSON.stringify(argument) : name)
         record('as ' + identificationEmail)
         if (name.endsWith('Widget') || name === 'clear') status.loaded = window.hsConversationsSettings.loadImmediately !== false
         if (name === 'load') status.loaded = true
         if (build.throws) throw new Error('HubSpot fault')
       }
       window.HubSpotConversations = {
         widget: { load: note('load'), refresh: note('refresh'), status: () => status },
         clear: note('clear'),
         ...(build.canReload ? { resetAndReloadWidget: note('resetAndReloadWidget') } : {})
       }
     }
     ${before ?? ''}`,
    context
  )
  return {
    /** The calls on the widget, each followed by the address in the settings at that moment. */
    calls,
    /** Runs the script as the snippet prints it. */
    run: (settings: unknown) => {
      const json = typeof settings === 'string' ? settings : JSON.stringify(settings)
      vm.runInContext(`(${INLINE_SCRIPT})(JSON.parse(${JSON.stringify(json)}))`, context)
    },
    /** Evaluates an expression in the page; the value comes back as JSON. */
    read: (expression: string): unknown => JSON.parse(vm.runInContext(`JSON.stringify(${expression}) ?? null`, context))
  }
}
