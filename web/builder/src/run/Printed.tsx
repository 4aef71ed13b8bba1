const ADDRESS = /(https?:\/\/[^\s<>"']+)/;

/** Lines that a step printed; addresses in them are links: that of a form or a call that a step waits for is there. */
export function Printed({ lines }: { lines: readonly string[] }) {
  const parts = lines.join('\n').split(ADDRESS);
  return (
    <pre className="step-logs">
      {parts.map((part, i) =>
        i % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity and do not move
          <a key={i} href={part} target="_blank" rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </pre>
  );
}
