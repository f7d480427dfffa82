// Browser code, as text: what the chat asks the simulator, and who it says is asking.

/** `identityQuery`, `ask` and `askWith`. `utk` is the in-memory visitor id; it outlives a loaded chat. */
export const WIDGET_REQUESTS = `
  var utk = ''

  /** HubSpot's client encodes the email, decodes one without an @ first, and appends the token as it is. */
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
