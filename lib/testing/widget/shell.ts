// Browser code, as text: one loaded chat, with its identity and messages. The public calls are in api.ts.

/**
 * `createShell(settings)`: keeps a copy of the identity in the settings, lets the server verify it, and controls the window.
 * The requests to the simulator are in requests.ts.
 */
export const WIDGET_SHELL = `
  function createShell(settings) {
    var identity = { email: settings.identificationEmail, token: settings.identificationToken }
    var inline = settings.inlineEmbedSelector !== ''
    var view, visitor, activeId, open
    var threads = []
    var version = 0
    var unread = 0
    var removed = true
    /** Counters of loads, visitors, requests and sent messages; they tell whether a late answer is outdated. */
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
      present()
      if (byVisitor && next) view.focusInput()
      if (byVisitor && !next) view.focusLauncher()
    }

    function showThreads(next) {
      threads = next.threads
      version = next.version
      present()
    }

    /** Shows the conversations; marks the open one as read. */
    function present() {
      threads.forEach(function (thread) {
        if (!thread.unread || !open || thread.id !== activeId || document.hidden) return
        thread.unread = false
        ask('/simulator/seen?session=' + visitor.sessionId, askWith({ conversationId: thread.id })).catch(function (error) {
          debugLog('seen failed: ' + error.message)
        })
      })
      view.showThreads(threads, activeId)
      var count = threads.filter(function (thread) { return thread.unread }).length
      if (count === unread) return
      unread = count
      view.showUnread(count)
      emit('unreadConversationCountChanged', { unreadCount: count })
    }

    /** Looks for answers from the inbox, if the visitor has a conversation. */
    function lookForAnswers() {
      if (threads.length === 0 || document.hidden) return Promise.resolve()
      var currentPerson = person
      var path = '/simulator/messages?session=' + visitor.sessionId + '&known=' + version
      return ask(path).then(function (answer) {
        if (answer && view && currentPerson === person && answer.version > version) showThreads(answer)
      }).catch(function (error) {
        debugLog('looking for answers failed: ' + error.message)
        if (error.status === 410 && view) act.meetAgain()
      })
    }

    function watch(currentLife) {
      setTimeout(function () {
        if (currentLife === life) lookForAnswers().then(function () { watch(currentLife) })
      }, 1000)
    }

    function select(id) {
      activeId = id
      view.showStatus('')
      present()
    }

    function send(text) {
      var currentLife = life
      var currentPerson = person
      view.showStatus('Sending…')
      var path = '/simulator/messages?session=' + visitor.sessionId
      ask(path, askWith({ text: text, conversationId: activeId })).then(function (answer) {
        if (currentLife !== life || currentPerson !== person) return
        sent += 1
        activeId = answer.conversationId
        view.clearInput()
        showThreads(answer)
        view.showStatus(SENT)
        var payload = { conversation: { conversationId: answer.conversationId } }
        if (answer.started) emit('conversationStarted', payload)
        if (answer.contactAssociated) emit('contactAssociated', { message: 'visitor has been associated with a contact' })
      }).catch(function (error) {
        if (currentLife !== life || currentPerson !== person) return
        view.showStatus('Could not be sent: ' + error.message)
        if (error.status === 410) act.meetAgain()
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

    /** The same visitor keeps the active thread and unsent text; for another visitor, both are reset. */
    function meet(next) {
      var same = visitor && visitor.identified === next.identified &&
        visitor.email === next.email && visitor.messagesUtk === next.messagesUtk
      visitor = next
      if (!visitor.identified) {
        utk = visitor.messagesUtk
        writeCookie('messagesUtk', utk)
      }
      var isGone = activeId !== undefined && !next.threads.some(function (thread) { return thread.id === activeId })
      if (!same || isGone) activeId = next.threads.length > 0 ? next.threads[next.threads.length - 1].id : undefined
      if (!same) {
        person += 1
        view.clearInput()
        view.showStatus('')
      }
      view.showVisitor(visitor)
      showThreads(next)
    }

    function request() {
      var question = ++asked
      var currentLife = life
      return ask('/livechat-public/v1/message/public' + identityQuery(identity)).then(function (answer) {
        return question === asked && currentLife === life ? answer : undefined
      })
    }

    function refresh(openToNewThread) {
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
    }
    /** After a restart of the simulator, which does not know this window: identifies the visitor again. */
    act.meetAgain = function () { refresh(false) }

    return {
      /** Resolves to true if the window is on the page. */
      load: function (options) {
        removed = false
        life += 1
        return request().then(function (answer) {
          if (!answer) return false
          view = createWindow(settings, act)
          if (!view) return false
          visitor = undefined
          unread = 0
          meet(answer)
          open = inline || Boolean(options && options.widgetOpen) || readCookie('hs-messages-is-open') === 'true'
          if (open && !inline) writeCookie('hs-messages-is-open', 'true')
          view.showOpen(open, readCookie('hs-messages-hide-welcome-message') === '')
          present()
          watch(life)
          return true
        })
      },
      identify: function (next) { identity = { email: next.identificationEmail, token: next.identificationToken } },
      refresh: refresh,
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
