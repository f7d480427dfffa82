// The chat window's stylesheet: in a style element, or linked if the page sets `avoidInlineStyles`.

/** Served as `/simulator/widget.css`. With the first rule, the page's own styles do not apply in the window. */
export const WIDGET_STYLE = `
#hubspot-simulator-widget, #hubspot-simulator-widget * { all: revert; box-sizing: border-box; }
#hubspot-simulator-widget {
  position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; text-align: left;
  display: flex; flex-direction: column; align-items: flex-end; gap: 12px;
  color: #213343; font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif;
}
#hubspot-simulator-widget[data-inline="true"] { position: static; display: block; }
#hubspot-simulator-widget [hidden] { display: none !important; }
#hubspot-simulator-widget button { font: inherit; cursor: pointer; border: 0; background: none; color: inherit; }
#hubspot-simulator-widget button:focus-visible, #hubspot-simulator-widget textarea:focus-visible {
  outline: 3px solid #2f7fd6; outline-offset: 2px;
}
#hubspot-simulator-widget .launcher {
  position: relative; width: 60px; height: 60px; padding: 0; border-radius: 50%; background: #213343;
  box-shadow: 0 0 0 2px rgba(255, 255, 255, .75), 0 6px 20px rgba(20, 30, 40, .3);
}
#hubspot-simulator-widget .launcher::before {
  content: ""; position: absolute; left: 17px; top: 19px; width: 26px; height: 19px; border-radius: 7px; background: #ffffff;
}
#hubspot-simulator-widget .launcher::after {
  content: ""; position: absolute; left: 23px; top: 36px; border: solid transparent; border-width: 0 0 8px 9px;
  border-left-color: #ffffff;
}
#hubspot-simulator-widget .launcher[data-unread] { outline: 3px solid #c8431f; outline-offset: 2px; }
#hubspot-simulator-widget .launcher:hover { background: #33475b; }
#hubspot-simulator-widget .welcome {
  display: flex; align-items: center; gap: 8px; max-width: 280px; padding: 10px 6px 10px 16px; border-radius: 16px;
  background: #ffffff; box-shadow: 0 4px 18px rgba(20, 30, 40, .18);
}
#hubspot-simulator-widget .welcome p { margin: 0; min-width: 0; overflow-wrap: break-word; }
#hubspot-simulator-widget .dismiss { flex: none; width: 32px; height: 32px; border-radius: 50%; color: #516f90; }
#hubspot-simulator-widget .window {
  display: flex; flex-direction: column; width: 376px; max-width: calc(100vw - 24px);
  height: 560px; max-height: calc(100vh - 112px); overflow: hidden;
  background: #ffffff; border-radius: 16px; box-shadow: 0 12px 48px rgba(20, 30, 40, .28);
}
#hubspot-simulator-widget[data-inline="true"] .window {
  width: 100%; max-width: none; box-shadow: none; border: 1px solid #dde3ea;
}
#hubspot-simulator-widget .head {
  position: relative; flex: none; padding: 18px 56px 16px 20px; background: #213343; color: #ffffff;
}
#hubspot-simulator-widget .title {
  margin: 0; font-size: 12px; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: #c3d0dc;
}
#hubspot-simulator-widget .greeting { margin: 4px 0 0; font-size: 19px; font-weight: 600; line-height: 1.3; overflow-wrap: break-word; }
#hubspot-simulator-widget .identity { margin: 4px 0 0; font-size: 13px; color: #dbe4ec; }
#hubspot-simulator-widget[data-identified="true"] .identity { color: #8ff0cf; }
#hubspot-simulator-widget .close {
  position: absolute; top: 12px; right: 12px; width: 36px; height: 36px; border-radius: 50%; font-size: 20px; color: #ffffff;
}
#hubspot-simulator-widget .close:hover { background: #33475b; }
#hubspot-simulator-widget .threads { flex: none; padding: 10px 16px; border-bottom: 1px solid #e4eaf0; background: #f5f8fa; }
#hubspot-simulator-widget .threads h3 { margin: 0 0 6px; font-size: 12px; font-weight: 600; color: #516274; }
#hubspot-simulator-widget .threads ul {
  margin: 0; padding: 0; list-style: none; max-height: 108px; overflow: auto;
  display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px;
}
#hubspot-simulator-widget .threads button {
  width: 100%; padding: 6px 10px; border-radius: 8px; text-align: left; font-size: 14px;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
#hubspot-simulator-widget .threads li button:hover { background: #e8eef4; }
#hubspot-simulator-widget .threads button[aria-current="true"] { background: #dfe8f1; font-weight: 600; }
#hubspot-simulator-widget .threads .new { margin-top: 4px; color: #0b5cad; font-weight: 600; }
#hubspot-simulator-widget .messages { flex: 1; padding: 16px; overflow-y: auto; }
#hubspot-simulator-widget .messages ol {
  margin: 0; padding: 0; list-style: none; display: flex; flex-direction: column; gap: 8px;
}
#hubspot-simulator-widget .messages li {
  max-width: 85%; padding: 9px 14px; border-radius: 16px 16px 16px 4px; align-self: flex-start; background: #eef2f6;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
#hubspot-simulator-widget .messages li[data-from="visitor"] {
  align-self: flex-end; border-radius: 16px 16px 4px 16px; background: #0b6b8a; color: #ffffff;
}
#hubspot-simulator-widget .messages li { position: relative; }
#hubspot-simulator-widget .messages li::before {
  content: "Answer: "; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
#hubspot-simulator-widget .messages li[data-from="visitor"]::before { content: "You: "; }
#hubspot-simulator-widget .threads button[data-unread="true"]::before { content: "New answer: "; font-weight: 600; color: #0b6b53; }
#hubspot-simulator-widget .status { flex: none; min-height: 20px; margin: 0; padding: 0 16px; font-size: 12px; color: #516274; }
#hubspot-simulator-widget .form {
  flex: none; display: flex; align-items: flex-end; gap: 8px; margin: 0; padding: 8px 12px 12px; border-top: 1px solid #e4eaf0;
}
#hubspot-simulator-widget .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#hubspot-simulator-widget .input {
  flex: 1; min-width: 0; height: 44px; padding: 10px 12px; border: 1px solid #b4c2d0; border-radius: 10px; resize: none;
  background: #ffffff; color: #213343; font: inherit;
}
#hubspot-simulator-widget .send {
  flex: none; height: 44px; padding: 0 18px; border-radius: 10px; background: #c8431f; color: #ffffff; font-weight: 600;
}
#hubspot-simulator-widget .send:hover { background: #a93516; }
#hubspot-simulator-widget .note { flex: none; margin: 0; padding: 0 12px 10px; font-size: 11px; text-align: center; color: #5b6b7b; }
@media (max-width: 440px) { #hubspot-simulator-widget { right: 12px; bottom: 12px; } }
@media (max-width: 480px) { #hubspot-simulator-widget .welcome { display: none; } }
@media (forced-colors: active) {
  #hubspot-simulator-widget .launcher { border: 2px solid ButtonText; }
  #hubspot-simulator-widget .launcher::before { background: ButtonText; forced-color-adjust: none; }
  #hubspot-simulator-widget .launcher::after { display: none; }
  #hubspot-simulator-widget .window, #hubspot-simulator-widget .welcome, #hubspot-simulator-widget .messages li, #hubspot-simulator-widget .send,
  #hubspot-simulator-widget .threads button[aria-current="true"] { border: 1px solid CanvasText; }
}
@media print { #hubspot-simulator-widget { display: none; } }
`
