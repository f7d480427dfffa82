// Browser code, as text: the inbox fetches new messages and sends answers without a reload. Without JavaScript, the user reloads.

/** How often the inbox looks for new messages, in milliseconds. */
const LOOK_EVERY_MS = 1000

/**
 * Served as `/simulator/inbox.js`. Fetches the inbox page, so that visitors' text is escaped in one place only, and adds only what
 * is new to the document: an answer that the user is writing keeps its text and the focus.
 */
export const INBOX_SCRIPT = `(function () {
  'use strict'
  var list = document.getElementById('conversations')
  if (!list) return
  var asked = 0

  function articles(root) { return Array.from(root.querySelectorAll('article')) }
  function messagesOf(article) { return Array.from(article.querySelectorAll('.messages > li')) }
  function isBusy(element) { return element.contains(document.activeElement) }
  function nameOf(article) { return article.querySelector('[data-contact-name]').textContent }

  /** Adds the new messages to a conversation; gives those of the visitor. */
  function update(article, next) {
    var who = article.querySelector('.who')
    if (!isBusy(who)) who.replaceWith(next.querySelector('.who'))
    var added = messagesOf(next).slice(messagesOf(article).length)
    article.querySelector('.messages').append.apply(article.querySelector('.messages'), added)
    return added.filter(function (item) { return item.dataset.from === 'visitor' })
  }

  /** Sorts the latest first, but does not move the conversation that has the focus. */
  function sort(order) {
    var busy = articles(list).filter(isBusy)[0]
    var isBehind = false
    order.forEach(function (article) {
      if (article === busy) isBehind = true
      else if (busy && !isBehind) busy.before(article)
      else list.append(article)
    })
  }

  function show(page) {
    var next = articles(page.getElementById('conversations'))
    // A restarted simulator uses the same conversation ids again, so the start times are compared.
    articles(list).forEach(function (article) {
      var same = page.getElementById(article.id)
      if (!same || same.dataset.startedAt !== article.dataset.startedAt) article.remove()
    })
    if (!articles(list).length) list.replaceChildren()
    if (!next.length) list.replaceChildren.apply(list, page.getElementById('conversations').childNodes)
    var news = []
    var order = next.map(function (article) {
      var known = document.getElementById(article.id)
      var added = known ? update(known, article) : [article]
      if (added.length > 0) news.push(nameOf(known || article))
      return known || article
    })
    sort(order)
    document.title = page.title
    document.getElementById('count').textContent = page.getElementById('count').textContent
    var portal = document.getElementById('portal')
    if (!isBusy(portal)) portal.replaceWith(page.getElementById('portal'))
    if (news.length > 0) document.getElementById('news').textContent = 'New message from ' + news.join(', ')
  }

  /** Fetches the page; ignores the response if a newer request has been sent. */
  function look() {
    var question = ++asked
    return fetch('/inbox', { cache: 'no-store' }).then(function (response) {
      return response.text()
    }).then(function (html) {
      if (question === asked && html !== look.last) show(new DOMParser().parseFromString(html, 'text/html'))
      look.last = html
    })
  }

  function lookAgain() {
    setTimeout(function () {
      if (document.hidden) lookAgain()
      else look().catch(function () {}).then(lookAgain)
    }, ${LOOK_EVERY_MS})
  }

  document.addEventListener('submit', function (event) {
    var form = event.target
    event.preventDefault()
    fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' }).then(function (response) {
      if (response.type !== 'opaqueredirect') throw new Error('answered ' + response.status)
      form.elements.text.value = ''
      document.getElementById('news').textContent = 'Answer sent'
      look().catch(function () {})
    }).catch(function () {
      document.getElementById('news').textContent = 'The answer could not be sent'
    })
  })
  document.addEventListener('keydown', function (event) {
    if (event.target.name !== 'text' || event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    event.target.form.requestSubmit()
  })
  lookAgain()
})()
`
