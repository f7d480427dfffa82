// Browser code, as text: the chat's settings and their types, and its three cookies.

/**
 * `readSettings`, and the cookies with HubSpot's lifetimes.
 *
 * Sources: https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk and
 * https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser ; from the code of HubSpot's
 * client: `undefined` counts as not set, and `null` is refused.
 */
export const WIDGET_SETTINGS = `
  var DEFAULTS = {
    loadImmediately: true,
    inlineEmbedSelector: '',
    enableWidgetCookieBanner: false,
    disableAttachment: false,
    disableInitialInputFocus: false,
    avoidInlineStyles: false,
    hideNewThreadLink: false,
    identificationEmail: '',
    identificationToken: '',
    isFullscreen: false,
    shouldHideChatOnPrint: false,
    enableEmailCapturedEvent: false,
    hideScrollToButton: true
  }
  var BANNERS = [false, true, 'ON_WIDGET_LOAD', 'ON_EXIT_INTENT']

  /** The current settings; undefined if a value has the wrong type, which is printed to the console. */
  function readSettings() {
    var given = window.hsConversationsSettings || {}
    var settings = {}
    var wrong = []
    Object.keys(DEFAULTS).forEach(function (key) {
      var value = given[key]
      if (value === undefined) value = DEFAULTS[key]
      var expected = key === 'enableWidgetCookieBanner' ? 'one of ' + BANNERS.join(', ') : 'a ' + typeof DEFAULTS[key]
      var fits = key === 'enableWidgetCookieBanner' ? BANNERS.indexOf(value) >= 0 : typeof value === typeof DEFAULTS[key]
      if (!fits) wrong.push(key + ' must be ' + expected + ', is ' + (value === null ? 'null' : 'a ' + typeof value))
      settings[key] = value
    })
    if (wrong.length === 0) return settings
    console.error('[HubSpot simulator] The chat does not start, hsConversationsSettings is wrong: ' + wrong.join('; '))
    return undefined
  }

  var COOKIE_SECONDS = {
    messagesUtk: 180 * 24 * 60 * 60,
    'hs-messages-is-open': 30 * 60,
    'hs-messages-hide-welcome-message': 24 * 60 * 60
  }

  function readCookie(name) {
    var found = document.cookie.split('; ').filter(function (pair) { return pair.indexOf(name + '=') === 0 })[0]
    return found === undefined ? '' : found.slice(name.length + 1)
  }

  function writeCookie(name, value) {
    document.cookie = name + '=' + value + '; path=/; max-age=' + COOKIE_SECONDS[name] + '; samesite=lax'
  }

  function clearCookies() {
    Object.keys(COOKIE_SECONDS).forEach(function (name) { document.cookie = name + '=; path=/; max-age=0; samesite=lax' })
  }
`
