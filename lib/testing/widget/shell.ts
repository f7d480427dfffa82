// Browser code, as text: one loaded chat, from the identity snapshot to its messages. The public calls are widget-api.ts.

/**
 * `createShell(settings)`: holds the identity that was copied from the settings, asks the server who that is, and runs
 * the window. `utk` is the in-memory visitor id; it outlives a shell.
 */
export const WIDGET_SHELL = `
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
      if (!response.ok) throw new Error('the simulator answered ' + response.status)
      return response.json()
    })
  }

  function createShell(settings) {
    var identity = { email: settings.identificationEmail, token: settings.identificationToken }
    var inline = settings.inlineEmbedSelector !== ''
    var view, visitor, activeId, open
    var threads = []
    var removed = true
    /** Late answers are dropped by these: the window's life, the person in it, the newest question, the messages sent. */
    var life = 0
    var person = 0
    var asked = 0
    var sent = 0
    var interacted = false

    function setOpen(next, byVisitor) {
      if (!view || inline || open === next) return
      open = next
      writeCookie('hs-messages-is-open', String(next))
      if (next) writeCookie('hs-messages-hide-welcome-message', 'true')
      view.showOpen(open, readCookie('hs-messages-hide-welcome-message') === '')
      if (!next) emit('widgetClosed', { message: 'widget has closed' })
      if (byVisitor && next) view.focusInput()
      if (byVisitor && !next) view.focusLauncher()
    }

    function showThreads(next) {
      threads = next
      view.showThreads(threads, activeId)
    }

    function select(id) {
      activeId = id
      view.showThreads(threads, activeId)
      view.showStatus('')
    }

    function send(text) {
      var currentLife = life
      var currentPerson = person
      view.showStatus('Sending…')
      ask('/simulator/messages?session=' + visitor.sessionId, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: text, conversationId: activeId })
      }).then(function (answer) {
        if (currentLife !== life || currentPerson !== person) return
        sent += 1
        activeId = answer.conversationId
        view.clearInput()
        view.showStatus('Sent')
        showThreads(answer.threads)
        var payload = { conversation: { conversationId: answer.conversationId } }
        if (answer.started) emit('conversationStarted', payload)
        if (answer.contactAssociated) emit('contactAssociated', { message: 'visitor has been associated with a contact' })
      }).catch(function (error) {
        if (currentLife === life && currentPerson === person) view.showStatus('Could not be sent: ' + error.message)
      })
    }

    var act = {
      close: function () { setOpen(false, true) },
      toggle: function () { act.interact(); setOpen(!open, true) },
      newThread: function () { select(undefined); view.focusInput() },
      select: function (id) {
        select(id)
        emit('userSelectedThread', { conversation: { conversationId: id } })
      },
      send: send,
      interact: function () {
        if (interacted) return
        interacted = true
        emit('userInteractedWithWidget', { message: 'user has interacted with the widget' })
      },
      dismissWelcome: function () {
        writeCookie('hs-messages-hide-welcome-message', 'true')
        view.showOpen(open, false)
        view.focusLauncher()
      }
    }

    /** The same person keeps the thread and the words not yet sent; another one starts with nothing of theirs. */
    function meet(next) {
      var same = visitor && visitor.identified === next.identified &&
        visitor.email === next.email && visitor.messagesUtk === next.messagesUtk
      visitor = next
      if (!visitor.identified) {
        utk = visitor.messagesUtk
        writeCookie('messagesUtk', utk)
      }
      if (!same) {
        person += 1
        activeId = next.threads.length > 0 ? next.threads[next.threads.length - 1].id : undefined
        view.clearInput()
        view.showStatus('')
      }
      view.showVisitor(visitor)
      showThreads(next.threads)
    }

    function request() {
      var question = ++asked
      var currentLife = life
      return ask('/livechat-public/v1/message/public' + identityQuery(identity)).then(function (answer) {
        return question === asked && currentLife === life ? answer : undefined
      })
    }

    return {
      /** Gives true when the window is on the page. */
      load: function (options) {
        removed = false
        life += 1
        return request().then(function (answer) {
          if (!answer) return false
          view = createWindow(settings, act)
          if (!view) return false
          visitor = undefined
          meet(answer)
          open = inline || Boolean(options && options.widgetOpen) || readCookie('hs-messages-is-open') === 'true'
          if (open && !inline) writeCookie('hs-messages-is-open', 'true')
          view.showOpen(open, readCookie('hs-messages-hide-welcome-message') === '')
          return true
        })
      },
      identify: function (next) { identity = { email: next.identificationEmail, token: next.identificationToken } },
      refresh: function refresh(openToNewThread) {
        if (removed) return
        var sentBefore = sent
        request().then(function (answer) {
          if (!answer || !view) return
          if (sent !== sentBefore) {
            refresh(openToNewThread)
            return
          }
          meet(answer)
          if (openToNewThread) select(undefined)
        }).catch(function (error) { debugLog('refresh failed: ' + error.message) })
      },
      open: function () { setOpen(true, false) },
      close: function () { setOpen(false, false) },
      remove: function () {
        life += 1
        removed = true
        if (view) view.remove()
        view = undefined
      }
    }
  }
`
