/* A button in the corner of a page, and the chat above it:
   <script src="https://a8n.example.com/chat/embed.js" data-chat="support" defer></script> */
(() => {
  'use strict';
  const script = document.currentScript;
  const name = script && script.dataset.chat;
  if (!name) {
    console.error('a8n chat: the script needs data-chat="<path of the chat>"');
    return;
  }
  const address = new URL(encodeURIComponent(name), script.src).href;
  const label = script.dataset.label || 'Chat';
  const colour = script.dataset.colour || '#0b6b4f';
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; font: 16px/1.4 ui-sans-serif, system-ui, sans-serif; }
    button { display: grid; place-items: center; width: 56px; height: 56px; border: 0; border-radius: 50%; color: #fff; cursor: pointer; box-shadow: 0 6px 20px rgb(0 0 0 / .25); margin-inline-start: auto; }
    button:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }
    iframe { display: block; width: min(400px, calc(100vw - 40px)); height: min(620px, calc(100dvh - 110px)); margin-block-end: 14px; border: 1px solid rgb(128 128 128 / .35); border-radius: 16px; background: Canvas; box-shadow: 0 12px 40px rgb(0 0 0 / .25); }
    iframe[hidden] { display: none; }`);
  root.adoptedStyleSheets = [style];
  const button = document.createElement('button');
  button.type = 'button';
  button.style.background = colour;
  button.setAttribute('aria-label', label);
  button.setAttribute('aria-expanded', 'false');
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: '26', height: '26', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.75', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) drawing.setAttribute(key, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', 'M5.5 4.5h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H11l-4.5 3.5v-3.5h-1a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z');
  drawing.append(path);
  button.append(drawing);
  let frame = null;
  const shown = (open) => {
    if (open && !frame) {
      frame = document.createElement('iframe');
      frame.src = address; /* Nothing is loaded before somebody wants to talk. */
      frame.title = label;
      root.prepend(frame);
    }
    if (frame) frame.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (!open) button.focus();
  };
  button.addEventListener('click', () => shown(!frame || frame.hidden));
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && frame && !frame.hidden) shown(false);
  });
  root.append(button);
  document.body.append(host);
})();
