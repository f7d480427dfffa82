// Browser code, as text: the chat window's elements. Messages are inserted as text, never as markup.

/**
 * `createWindow(settings, act)`: creates the window; the returned functions change what it shows.
 *
 * For tests: the root is `#hubspot-simulator-widget` with `data-state` ("open" or "closed"), `data-identified` and, for an
 * identified visitor, `data-email`; inside it `#hubspot-simulator-` plus `launcher`, `welcome`, `welcome-dismiss`,
 * `window`, `greeting`, `identity`, `close`, `threads` (a button per thread with `data-conversation-id`), `new`,
 * `messages` (a `li` per message, `data-from` "visitor" or "agent"), `status`, `form`, `input`, `send`. `data-unread` on the
 * launcher is the number of conversations with an unread answer.
 */
export const WIDGET_WINDOW = `
  var PREFIX = 'hubspot-simulator-'
  /** The status below the messages until an answer arrives. */
  var SENT = 'Sent'

  function make(tag, name, className, text) {
    var element = document.createElement(tag)
    if (name) element.id = PREFIX + name
    if (className) element.className = className
    if (text) element.textContent = text
    return element
  }

  function button(name, className, text, label, onClick) {
    var element = make('button', name, className, text)
    element.type = 'button'
    if (label) element.setAttribute('aria-label', label)
    element.addEventListener('click', onClick)
    return element
  }

  /** A long email address may wrap only before one of these characters, not in the middle of a word. */
  function showBreakable(element, text) {
    element.replaceChildren()
    text.split(/(?=[@.+_/&])/).forEach(function (part, index) {
      if (index > 0) element.append(document.createElement('wbr'))
      element.append(part)
    })
  }

  function addStyle(root, linked) {
    var style = document.createElement(linked ? 'link' : 'style')
    if (linked) {
      style.rel = 'stylesheet'
      style.href = ORIGIN + '/simulator/widget.css'
    } else style.textContent = CONFIG.style
    root.appendChild(style)
  }

  function createWindow(settings, act) {
    var inline = settings.inlineEmbedSelector !== ''
    var place = inline ? document.querySelector(settings.inlineEmbedSelector) : document.body
    if (!place) {
      console.warn('[HubSpot simulator] No element fits inlineEmbedSelector, so there is no chat on this page.')
      return undefined
    }
    // A named region, so that all content of the chat is inside a landmark; a div, like HubSpot's container.
    var root = make('div', 'widget')
    root.setAttribute('role', 'region')
    root.setAttribute('aria-label', 'Chat')
    root.setAttribute('data-inline', String(inline))
    addStyle(root, settings.avoidInlineStyles)

    var panel = make('div', 'window', 'window')
    if (!inline) {
      panel.setAttribute('role', 'dialog')
      panel.setAttribute('aria-label', 'Chat window')
    }
    var head = make('div', '', 'head')
    var greeting = make('p', 'greeting', 'greeting')
    var identity = make('p', 'identity', 'identity')
    var close = button('close', 'close', '×', 'Close chat', act.close)
    close.hidden = inline
    head.append(make('h2', '', 'title', 'Chat with us'), greeting, identity, close)

    var threads = make('nav', 'threads', 'threads')
    threads.setAttribute('aria-label', 'Your conversations')
    var list = make('ul')
    var fresh = button('new', 'new', '+ New conversation', '', act.newThread)
    threads.append(make('h3', '', '', 'Your conversations'), list, fresh)

    // Screen readers announce additions to the log; the list inside it keeps its own role.
    var messages = make('div', 'messages', 'messages')
    messages.setAttribute('role', 'log')
    messages.setAttribute('aria-label', 'Messages')
    messages.tabIndex = 0
    var messageList = make('ol')
    messages.append(messageList)
    var shownId
    var status = make('p', 'status', 'status')
    status.setAttribute('role', 'status')

    var form = make('form', 'form', 'form')
    var label = make('label', '', 'label', 'Your message')
    var input = make('textarea', 'input', 'input')
    label.htmlFor = input.id
    input.rows = 1
    input.maxLength = 5000
    input.required = true
    input.placeholder = 'Write a message'
    var send = make('button', 'send', 'send', 'Send')
    send.type = 'submit'
    form.append(label, input, send)
    form.addEventListener('submit', function (event) {
      event.preventDefault()
      if (input.value.trim() !== '') act.send(input.value.trim())
    })
    input.addEventListener('keydown', function (event) {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      form.requestSubmit()
    })
    panel.append(head, threads, messages, status, form, make('p', '', 'note', 'Simulator: stands in for HubSpot'))
    panel.addEventListener('keydown', function (event) { if (event.key === 'Escape' && !inline) act.close() })
    panel.addEventListener('pointerdown', act.interact)
    panel.addEventListener('keydown', act.interact)

    var welcome = make('div', 'welcome', 'welcome')
    var welcomeText = make('p')
    welcome.append(welcomeText, button('welcome-dismiss', 'dismiss', '×', 'Dismiss greeting', act.dismissWelcome))
    var launcher = button('launcher', 'launcher', '', 'Open chat', act.toggle)
    launcher.setAttribute('aria-controls', panel.id)
    launcher.hidden = inline
    root.append(panel, welcome, launcher)
    place.appendChild(root)

    function showThreads(all, activeId) {
      var focused = list.contains(document.activeElement) ? document.activeElement.getAttribute('data-conversation-id') : ''
      threads.hidden = all.length === 0
      fresh.hidden = settings.hideNewThreadLink
      list.replaceChildren.apply(list, all.slice().reverse().map(function (thread) {
        var entry = button('', '', thread.messages[0].text, '', function () { act.select(thread.id) })
        entry.setAttribute('data-conversation-id', thread.id)
        if (thread.id === activeId) entry.setAttribute('aria-current', 'true')
        if (thread.unread) entry.setAttribute('data-unread', 'true')
        var item = make('li')
        item.append(entry)
        return item
      }))
      if (focused) list.querySelector('[data-conversation-id="' + focused + '"]').focus()
      var active = all.filter(function (thread) { return thread.id === activeId })[0]
      var items = active ? active.messages : []
      // Adds only new messages, so that screen readers announce only those.
      if (activeId !== shownId || items.length < messageList.children.length) messageList.replaceChildren()
      shownId = activeId
      items.slice(messageList.children.length).forEach(function (message) {
        var item = make('li', '', '', message.text)
        item.setAttribute('data-from', message.from)
        messageList.append(item)
        if (message.from === 'agent' && status.textContent === SENT) status.textContent = ''
        messages.scrollTop = messages.scrollHeight
      })
    }

    function labelLauncher() {
      var count = Number(launcher.getAttribute('data-unread'))
      var label = launcher.getAttribute('aria-expanded') === 'true' ? 'Close chat' : 'Open chat'
      if (count > 0) label += ', ' + (count === 1 ? '1 unread conversation' : count + ' unread conversations')
      launcher.setAttribute('aria-label', label)
    }

    return {
      showVisitor: function (visitor) {
        var hello = visitor.identified ? 'Hello, ' + visitor.email : 'Hello! How can we help?'
        showBreakable(greeting, hello)
        showBreakable(welcomeText, hello)
        identity.textContent = visitor.identified ? '✓ Identified via API' : 'You are chatting as a guest'
        root.setAttribute('data-identified', String(visitor.identified))
        if (visitor.identified) root.setAttribute('data-email', visitor.email)
        else root.removeAttribute('data-email')
      },
      showThreads: showThreads,
      showOpen: function (open, withWelcome) {
        root.setAttribute('data-state', open ? 'open' : 'closed')
        panel.hidden = !open
        welcome.hidden = open || inline || !withWelcome
        launcher.setAttribute('aria-expanded', String(open))
        labelLauncher()
      },
      showUnread: function (count) {
        if (count > 0) launcher.setAttribute('data-unread', String(count))
        else launcher.removeAttribute('data-unread')
        labelLauncher()
      },
      showStatus: function (text) { status.textContent = text },
      clearInput: function () { input.value = '' },
      focusInput: function () { input.focus() },
      focusLauncher: function () { launcher.focus() },
      remove: function () { root.remove() }
    }
  }
`
