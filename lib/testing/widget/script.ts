// Joins the chat's browser code into one classic script, which is served as `/<portalId>.js`.
import { WIDGET_API } from './api.js'
import { WIDGET_REQUESTS } from './requests.js'
import { WIDGET_SETTINGS } from './settings.js'
import { WIDGET_SHELL } from './shell.js'
import { WIDGET_WINDOW } from './window.js'

/** The script of one portal; it sends its requests to the origin from which it was loaded. */
export function widgetScript(portalId: string, style: string): string {
  return `// A stand-in for HubSpot's chat, for local work and tests.
(function () {
  'use strict'
  var CONFIG = ${JSON.stringify({ portalId, style })}
  var ORIGIN = new URL(document.currentScript ? document.currentScript.src : location.href).origin
${WIDGET_SETTINGS}${WIDGET_REQUESTS}${WIDGET_WINDOW}${WIDGET_SHELL}${WIDGET_API}
  boot()
})()
`
}
