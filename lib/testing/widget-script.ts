// Puts the chat's browser code together into the one classic script that is served as `/<portalId>.js`.
import { WIDGET_API } from './widget-api.js'
import { WIDGET_SETTINGS } from './widget-settings.js'
import { WIDGET_SHELL } from './widget-shell.js'
import { WIDGET_WINDOW } from './widget-window.js'

/** The script of one portal; it talks to the origin it was loaded from. */
export function widgetScript(portalId: string, style: string): string {
  return `// A stand-in for HubSpot's chat, for local work and tests.
(function () {
  'use strict'
  var CONFIG = ${JSON.stringify({ portalId, style })}
  var ORIGIN = new URL(document.currentScript ? document.currentScript.src : location.href).origin
${WIDGET_SETTINGS}${WIDGET_WINDOW}${WIDGET_SHELL}${WIDGET_API}
  boot()
})()
`
}
