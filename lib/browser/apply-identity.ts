// Who the widget speaks for: settings first, then the gentlest call that makes a running widget read them.
import { type Identity, identityFrom, type PageSettings, readSettings, writeSettings } from './settings.js'
import { callWidget, resetWidget, widgetState } from './widget.js'

/** What was done to the widget: started afresh, told of a new token, or nothing. */
export type Change = 'reset' | 'renewed' | 'none'

/**
 * Puts the identity on the page. Another person (or nobody) resets the widget, since it keeps a snapshot; a new token of
 * the same person is only handed over, because a reset would close an open conversation.
 *
 * The settings of before tell whom the widget took its snapshot of: all writes of ours go through here.
 */
export function applyIdentity(
  identity: Identity | undefined,
  { settings = {}, gently = false }: { settings?: PageSettings | undefined; gently?: boolean } = {}
): Change {
  const before = identityFrom(readSettings())
  writeSettings(settings, identity)
  const state = widgetState()
  // Before its first load a widget has no snapshot. One that was removed has, so a former person is always reset.
  const running = state === 'running' || state === 'unknown'
  if (before?.identificationEmail !== identity?.identificationEmail && !(gently && running && !before)) {
    if (state === 'missing' || (!running && !before)) return 'none'
    resetWidget()
    return 'reset'
  }
  if (!running || before?.identificationToken === identity?.identificationToken) return 'none'
  callWidget('refresh', { setIdentification: true })
  return 'renewed'
}
