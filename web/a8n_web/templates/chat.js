/* The page of a chat: what was said is kept in this browser, and each message is sent until its answer is there. */
'use strict';

const main = document.getElementById('chat');
const log = document.getElementById('log');
const field = document.getElementById('message');
const send = document.getElementById('send');
const suggestions = document.getElementById('suggestions');
const lock = document.getElementById('lock');
const compose = document.getElementById('compose');
const KEY = `a8n-chat:${location.pathname}`;
const KEPT = 200;
const TRIES = 60;

const id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
const fresh = () => ({ session: id(), turns: [] });

function load() {
  try {
    const known = JSON.parse(localStorage.getItem(KEY));
    return known && Array.isArray(known.turns) && /^[\w-]{8,64}$/.test(known.session) ? known : fresh();
  } catch {
    return fresh();
  }
}

function keep() {
  talk.turns = talk.turns.slice(-KEPT);
  try {
    localStorage.setItem(KEY, JSON.stringify(talk));
  } catch {
    /* A browser that keeps nothing for embedded pages: the conversation lasts as long as the page. */
  }
}

/* As long as the tab is open. */
function recalled(value) {
  try {
    if (value !== undefined) sessionStorage.setItem(KEY, value);
    return sessionStorage.getItem(KEY) || '';
  } catch {
    return value || '';
  }
}

let talk = load();
let password = recalled();
let busy = false;

/* --- what is shown --------------------------------------------------------------------------------------------- */

function element(name, content, kind) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (typeof content === 'string') made.textContent = content;
  return made;
}

/* Inline Markdown as nodes: never as HTML, so that no answer can bring a script. */
function inline(parent, text) {
  const pattern = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+|mailto:[^\s)]+)\)|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/g;
  let last = 0;
  for (const found of text.matchAll(pattern)) {
    parent.append(text.slice(last, found.index));
    const [whole, code, strong, soft, label, target, bare] = found;
    if (code) parent.append(element('code', code));
    else if (strong) parent.append(element('strong', strong));
    else if (soft) parent.append(element('em', soft));
    else {
      const link = element('a', label || bare);
      link.href = target || bare;
      link.target = '_blank';
      link.rel = 'noopener noreferrer nofollow';
      parent.append(link);
    }
    last = found.index + whole.length;
  }
  parent.append(text.slice(last));
}

function markdown(parent, text) {
  parent.replaceChildren();
  const lines = text.split('\n');
  let list = null;
  let words = [];
  const paragraph = () => {
    if (!words.length) return;
    const made = element('p');
    words.forEach((line, number) => {
      if (number) made.append(element('br'));
      inline(made, line);
    });
    parent.append(made);
    words = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const item = /^\s*(?:[-*+]|(\d{1,3})[.)])\s+(.*)$/.exec(line);
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (!item) list = null;
    if (/^\s*```/.test(line)) {
      paragraph();
      const code = [];
      for (at += 1; at < lines.length && !/^\s*```/.test(lines[at]); at += 1) code.push(lines[at]);
      const block = element('pre');
      block.append(element('code', code.join('\n')));
      parent.append(block);
    } else if (item) {
      paragraph();
      const kind = item[1] ? 'OL' : 'UL';
      if (!list || list.tagName !== kind) {
        list = element(kind.toLowerCase());
        if (item[1]) list.start = Number(item[1]);
        parent.append(list);
      }
      const entry = element('li');
      inline(entry, item[2]);
      list.append(entry);
    } else if (heading) {
      paragraph();
      const made = element('h2');
      inline(made, heading[1]);
      parent.append(made);
    } else if (line.trim()) {
      words.push(line);
    } else {
      paragraph();
    }
  }
  paragraph();
}

function bubble(role, text) {
  const made = element('div', undefined, `turn ${role === 'user' ? 'user' : 'bot'}`);
  made.dir = 'auto';
  if (role === 'user') made.textContent = text;
  else markdown(made, text);
  log.append(made);
  return made;
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function paint() {
  log.replaceChildren();
  if (main.dataset.greeting) bubble('bot', main.dataset.greeting);
  for (const turn of talk.turns) {
    bubble('user', turn.message);
    if (turn.answer !== undefined) bubble('bot', turn.answer || '…');
  }
  suggestions.hidden = talk.turns.length > 0;
  toEnd();
}

function ready() {
  send.disabled = busy || !field.value.trim();
}

/* --- what is sent ---------------------------------------------------------------------------------------------- */

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/* Server-sent events of an answer: fetch, because EventSource can only GET. */
async function* events(turn) {
  const headers = { 'Content-Type': 'application/json' };
  if (password) headers['X-Chat-Password'] = password;
  const body = JSON.stringify({ message: turn.message, session: talk.session, id: turn.id });
  const answer = await fetch(location.pathname, { method: 'POST', headers, body });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    const wait = Number(answer.headers.get('retry-after')) || 0;
    throw Object.assign(new Refused(answer.status, told.detail || ''), { wait });
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const kind = lines.find((line) => line.startsWith('event: '));
      const data = lines.find((line) => line.startsWith('data: '));
      if (kind && data) yield [kind.slice(7), JSON.parse(data.slice(6))];
    }
  }
}

const pause = (seconds) => new Promise((over) => setTimeout(over, seconds * 1000));

/* One connection; true when the answer, or a failure, is there. */
async function heard(turn, box, note) {
  let said = '';
  for await (const [kind, data] of events(turn)) {
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    if (kind === 'text') {
      said += data.text;
      markdown(box, said);
      box.hidden = false;
      note.textContent = '';
      note.hidden = true;
    } else if (kind === 'tool') {
      said = '';
      note.hidden = false;
      note.textContent = data.name ? `${data.name.replaceAll('_', ' ')} …` : 'Working …';
    } else if (kind === 'answer') {
      turn.answer = data.text;
      return true;
    } else if (kind === 'error') {
      turn.error = data.text;
      return true;
    }
    if (below) toEnd();
  }
  return false;
}

/* A connection that breaks is opened again: the same message starts nothing twice, and gets the answer that there is. */
async function asked(turn) {
  const box = bubble('bot', '');
  const note = element('div', 'Thinking …', 'work');
  box.hidden = true;
  log.append(note);
  toEnd();
  delete turn.error;
  for (let number = 1; ; number += 1) {
    try {
      if (await heard(turn, box, note)) break;
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        box.remove();
        note.remove();
        throw error;
      }
      const final = error instanceof Refused && error.status < 500 && error.status !== 429 && error.status !== 408;
      if (final || number >= TRIES) {
        turn.error = error.message || 'The message could not be sent.';
        break;
      }
      note.hidden = false;
      note.textContent = 'The connection is lost. Trying again …';
      await pause(Math.max(error.wait || 0, Math.min(2 ** Math.min(number, 5), 30)));
    }
  }
  note.remove();
  box.remove();
  if (turn.error) failed(turn);
  else bubble('bot', turn.answer || '…');
  toEnd();
}

function failed(turn) {
  const box = element('p', turn.error, 'failed');
  box.setAttribute('role', 'alert');
  const again = element('button', 'Send again', 'quiet');
  again.type = 'button';
  again.addEventListener('click', () => {
    box.remove();
    turn.id = id();
    void say(turn);
  });
  box.append(again);
  log.append(box);
}

async function say(turn) {
  busy = true;
  ready();
  try {
    await asked(turn);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const wrong = Boolean(password);
    password = recalled('');
    waiting = turn;
    locked(wrong);
  } finally {
    busy = false;
    keep();
    ready();
  }
}

function begin(message) {
  if (busy || !message.trim()) return;
  const turn = { id: id(), message: message.trim() };
  talk.turns.push(turn);
  keep();
  suggestions.hidden = true;
  bubble('user', turn.message);
  void say(turn);
}

/* --- the password ---------------------------------------------------------------------------------------------- */

let waiting = null;

function locked(wrong) {
  lock.hidden = false;
  compose.hidden = true;
  document.getElementById('refused').textContent = wrong ? 'This is not the password.' : '';
  document.getElementById('password').focus();
}

lock.addEventListener('submit', (event) => {
  event.preventDefault();
  const given = document.getElementById('password');
  password = given.value;
  recalled(password);
  given.value = '';
  lock.hidden = true;
  compose.hidden = false;
  field.focus();
  const turn = waiting;
  waiting = null;
  if (turn) void say(turn);
});

/* --- the person ------------------------------------------------------------------------------------------------ */

compose.addEventListener('submit', (event) => {
  event.preventDefault();
  if (busy || !field.value.trim()) return;
  begin(field.value);
  field.value = '';
  ready();
  field.focus();
});

field.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    compose.requestSubmit();
  }
});
field.addEventListener('input', ready);

for (const button of suggestions.querySelectorAll('button')) {
  button.addEventListener('click', () => begin(button.textContent));
}

document.getElementById('renew').addEventListener('click', () => {
  if (busy) return;
  talk = fresh();
  keep();
  paint();
  field.focus();
});

paint();
ready();
const open = talk.turns.at(-1);
if (main.dataset.locked === 'yes' && !password) {
  if (open && open.answer === undefined) waiting = open;
  locked(false);
} else if (open && open.answer === undefined) {
  void say(open); /* The page was closed before the answer came. */
} else {
  field.focus();
}
