// The chat's settings, for the page without inline scripts.
window.hsConversationsSettings = { avoidInlineStyles: true }
