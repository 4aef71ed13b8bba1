/** The ports of a node: those of its type, the error output, and those that only wires know of. */
import type { NodeType } from '@/catalogue/types';
import type { Connection, Node } from '@/doc/model';

export interface Port {
  name: string;
  /** `unknown`: a wire names it, the type does not have it (any more). */
  kind: 'plain' | 'error' | 'unknown';
  /** Nothing is connected to it. */
  open: boolean;
}

export interface Ports {
  inputs: readonly Port[];
  outputs: readonly Port[];
}

const ERROR = 'error';

/**
 * `outputs`: what the server says for a type whose outputs depend on parameters; undefined where it was not asked.
 * A node of an unknown type has the ports that its wires name.
 */
export function portsOf(
  node: Node,
  type: NodeType | undefined,
  outputs: readonly string[] | undefined,
  into: readonly Connection[],
  out: readonly Connection[],
): Ports {
  const error = node.settings.on_error === 'output' ? [ERROR] : [];
  return {
    inputs: side(
      type?.inputs,
      [],
      into.map((wire) => wire.input),
    ),
    outputs: side(
      outputs ?? type?.outputs,
      error,
      out.map((wire) => wire.output),
    ),
  };
}

function side(known: readonly string[] | undefined, error: readonly string[], wired: readonly string[]): Port[] {
  const used = new Set(wired);
  const names = [...new Set([...(known ?? []), ...error, ...wired])];
  return names.map((name) => ({ name, kind: kindOf(name, known, error), open: !used.has(name) }));
}

function kindOf(name: string, known: readonly string[] | undefined, error: readonly string[]): Port['kind'] {
  if (error.includes(name)) return 'error';
  return !known || known.includes(name) ? 'plain' : 'unknown';
}

/** The output that a new wire leaves by: the first that is open, or else the first. */
export function firstOutput(ports: Ports | undefined): string | undefined {
  const usable = ports?.outputs.filter((port) => port.kind === 'plain') ?? [];
  return (usable.find((port) => port.open) ?? usable[0])?.name;
}

/** The input that a new wire arrives at. */
export function firstInput(ports: Ports | undefined): string | undefined {
  const usable = ports?.inputs.filter((port) => port.kind === 'plain') ?? [];
  return (usable.find((port) => port.open) ?? usable[0])?.name;
}

export function samePorts(a: Ports, b: Ports): boolean {
  return sameSide(a.inputs, b.inputs) && sameSide(a.outputs, b.outputs);
}

function sameSide(a: readonly Port[], b: readonly Port[]): boolean {
  return (
    a.length === b.length &&
    a.every((port, i) => port.name === b[i]?.name && port.kind === b[i]?.kind && port.open === b[i]?.open)
  );
}
