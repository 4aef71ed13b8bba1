import type { ReactNode } from 'react';

/** A small part of Markdown as React elements: headings, lists, code, quotes, emphasis, links. No HTML. */
export function Markdown({ text }: { text: string }) {
  return <>{blocks(text)}</>;
}

function blocks(text: string): ReactNode[] {
  const found: ReactNode[] = [];
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  for (let i = 0; i < lines.length; ) {
    const start = i;
    const line = lines[i] ?? '';
    if (line.trim() === '') {
      i++;
    } else if (line.startsWith('```')) {
      i++;
      while (i < lines.length && !lines[i]?.startsWith('```')) i++;
      found.push(
        <pre key={start}>
          <code>{lines.slice(start + 1, i).join('\n')}</code>
        </pre>,
      );
      i++;
    } else if (/^#{1,3}\s/.test(line)) {
      const level = line.indexOf(' ');
      found.push(
        <p key={start} className={`note-heading h${level}`}>
          {inline(line.slice(level + 1))}
        </p>,
      );
      i++;
    } else {
      i = paragraph(lines, start, found);
    }
  }
  return found;
}

const BULLET = /^\s*[-*+]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;
const SPECIAL = /^(```|#{1,3}\s|>)/;

/** Lines that belong together: a list, a quote, or running text. Gives the line after. */
function paragraph(lines: readonly string[], start: number, found: ReactNode[]): number {
  const first = lines[start] ?? '';
  const mark = [BULLET, NUMBER, /^>\s?/].find((one) => one.test(first));
  let end = start + 1;
  const goes = (line: string) =>
    line.trim() !== '' && (mark ? mark.test(line) : !SPECIAL.test(line) && !BULLET.test(line) && !NUMBER.test(line));
  while (end < lines.length && goes(lines[end] ?? '')) end++;
  const part = lines.slice(start, end).map((line) => (mark ? line.replace(mark, '') : line));
  if (mark === BULLET || mark === NUMBER) {
    const List = mark === BULLET ? 'ul' : 'ol';
    found.push(
      <List key={start}>
        {part.map((item, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          <li key={i}>{task(item)}</li>
        ))}
      </List>,
    );
  } else if (mark) found.push(<blockquote key={start}>{inline(part.join('\n'))}</blockquote>);
  else found.push(<p key={start}>{inline(part.join('\n'))}</p>);
  return end;
}

function task(item: string): ReactNode {
  const box = item.match(/^\[( |x|X)\]\s+/);
  return box ? [box[1] === ' ' ? '☐ ' : '☑ ', ...inline(item.slice(box[0].length))] : inline(item);
}

const INLINE =
  /(`[^`]+`)|(\*\*[^*]+\*\*)|(\*[^*\s][^*]*\*|\b_[^_]+_\b)|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/g;

function inline(text: string): ReactNode[] {
  const found: ReactNode[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, label, address, bare] = match;
    if (match.index > last) found.push(text.slice(last, match.index));
    const key = match.index;
    if (code) found.push(<code key={key}>{code.slice(1, -1)}</code>);
    else if (strong) found.push(<strong key={key}>{inline(strong.slice(2, -2))}</strong>);
    else if (emphasis) found.push(<em key={key}>{inline(emphasis.slice(1, -1))}</em>);
    else found.push(link(key, bare ?? label ?? whole, bare ?? address ?? ''));
    last = match.index + whole.length;
  }
  if (last < text.length) found.push(text.slice(last));
  return found;
}

/** Only addresses that cannot run anything become links. */
function link(key: number, label: string, address: string): ReactNode {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return label;
  return (
    <a key={key} className="nodrag nopan" href={address} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  );
}
