// The chat's settings from a file, for a page that allows no inline script.
window.hsConversationsSettings = { avoidInlineStyles: true }
