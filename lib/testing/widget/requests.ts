// Browser code, as text: the chat's requests to the simulator, with the visitor's identity.

/** `identityQuery`, `ask` and `askWith`. `utk` is the visitor id in memory; it is kept when the chat is loaded again. */
export const WIDGET_REQUESTS = `
  var utk = ''

  /** Like HubSpot's client: encodes the email, after decoding one that has no @, and appends the token unchanged. */
  function identityQuery(identity) {
    var query = '?portalId=' + CONFIG.portalId
    var known = utk || readCookie('messagesUtk')
    if (known) query += '&messagesUtk=' + encodeURIComponent(known)
    var email = identity.email
    if (email.indexOf('@') < 0) {
      try { email = decodeURIComponent(email) } catch (error) { debugLog('the email cannot be decoded') }
    }
    if (email) query += '&email=' + encodeURIComponent(email)
    if (identity.token) query += '&identificationToken=' + identity.token
    return query
  }

  function ask(path, options) {
    return fetch(ORIGIN + path, Object.assign({ credentials: 'omit', cache: 'no-store' }, options)).then(function (response) {
      if (!response.ok) throw Object.assign(new Error('the simulator answered ' + response.status), { status: response.status })
      return response.status === 204 ? undefined : response.json()
    })
  }

  function askWith(body) {
    return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  }
`
