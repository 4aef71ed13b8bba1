import { CircleHelp, RotateCcw, SquareFunction } from 'lucide-react';
import {
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  Suspense,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { equal } from '@/doc/merge';
import { isExpression, type Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { IconButton } from '@/ui/Button';
import { Popover } from '@/ui/Popover';
import type { ExpressionHandle } from '../expression/ExpressionField';
import { Control } from './Control';
import { DRAG_TYPE, issueAt, useHost, useMapping } from './host';
import type { Spec } from './spec';
import { type Expression, expressionOf, insertInto, tagged, takesExpression, toExpression, toFixed } from './tags';
import { flaw } from './values';

const ExpressionField = later(() => import('../expression/ExpressionField'));

/** Kinds that hold fields of their own: an issue inside of them is shown there. */
const CONTAINERS = new Set<Spec['kind']>(['group', 'union', 'conditions', 'list']);

export interface FieldRowProps {
  spec: Spec;
  /** Dotted, from the node: `params.url`. */
  path: string;
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  required?: boolean;
  /** In a row of a table: the label is only read out. */
  bare?: boolean;
  /** More buttons at the right of the label. */
  actions?: ReactNode;
}

/** One field: its label and help, its control or expression, and what is wrong with it. */
export function FieldRow({
  spec,
  path,
  label,
  value,
  onChange,
  required = false,
  bare = false,
  actions,
}: FieldRowProps) {
  const id = useId();
  const host = useHost();
  const editor = useRef<ExpressionHandle | null>(null);
  const [touched, setTouched] = useState(false);
  const [over, setOver] = useState(false);
  const [fresh, setFresh] = useState(false);
  const expression = expressionOf(value);
  const able = host.node !== null && takesExpression(spec) && !host.readOnly;
  const container = CONTAINERS.has(spec.kind) && !expression;
  const said = issueAt(host.issues, path, !container);
  const seen = flaw(spec, value, required);
  const error = said ?? (touched && seen ? t(`panel.${seen[0]}`, seen[1]) : undefined);
  const help = spec.schema.description;
  const described = error ? `${id}-error` : undefined;

  function flip() {
    setFresh(!expression);
    onChange(expression ? toFixed(expression) : tagged(toExpression(spec, value)));
  }
  function write(next: Expression) {
    setFresh(true);
    onChange(tagged(next));
  }
  function insert(text: string) {
    if (editor.current) return editor.current.insert(text);
    write(insertInto(spec, value, text));
  }
  const latest = useRef(insert);
  useEffect(() => {
    latest.current = insert;
  });
  useEffect(
    () => () => {
      if (useMapping.getState().target?.path === path) useMapping.setState({ target: null });
    },
    [path],
  );

  function onKeyDown(event: KeyboardEvent) {
    if (!able || !event.altKey || event.code !== 'KeyE') return;
    event.preventDefault();
    event.stopPropagation();
    flip();
  }
  function onDrop(event: DragEvent) {
    const text = event.dataTransfer.getData(DRAG_TYPE);
    setOver(false);
    if (!text) return;
    event.preventDefault();
    event.stopPropagation();
    insert(text);
  }
  const drop = able
    ? {
        onDragOver: (event: DragEvent) => {
          if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
          event.preventDefault();
          event.stopPropagation();
          event.dataTransfer.dropEffect = 'copy';
          setOver(true);
        },
        onDragLeave: () => setOver(false),
        onDrop,
        onFocus: () => useMapping.setState({ target: { path, label, insert: (text: string) => latest.current(text) } }),
      }
    : {};

  const inside = (
    <>
      {expression ? (
        <Suspense fallback={<div className="input mono np-expression-wait">{expression.source}</div>}>
          <ExpressionField
            ref={editor}
            expression={expression}
            label={label}
            path={path}
            error={said}
            readOnly={host.readOnly}
            focus={fresh}
            onChange={(next) => onChange(tagged(next))}
          />
        </Suspense>
      ) : (
        <Control
          spec={isExpression(value) ? { ...spec, kind: 'json', reason: 'json' } : spec}
          value={value}
          onChange={onChange}
          onExpression={write}
          path={path}
          label={label}
          id={id}
          described={described}
          invalid={error !== undefined}
          bare={bare}
        />
      )}
    </>
  );
  const fx = able && (
    <IconButton
      icon={SquareFunction}
      size="small"
      className="np-fx"
      label={expression ? t('panel.to_fixed') : t('panel.to_expression')}
      keys="alt+e"
      pressed={expression !== null}
      onClick={flip}
    />
  );
  const changed =
    !bare && value !== undefined && spec.initial !== undefined && !equal(value, spec.initial) && !host.readOnly;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop on; the same is done by a click on the data
    <div
      className={`param kind-${spec.kind} ${bare ? 'np-bare' : ''} ${over ? 'np-over' : ''}`}
      data-field={path}
      data-accepts={able || undefined}
      data-invalid={error !== undefined || undefined}
      onBlur={() => setTouched(true)}
      onKeyDown={onKeyDown}
      {...drop}
    >
      {!bare && (
        <div className="param-head">
          <label className="field-label" htmlFor={id} id={`${id}-label`}>
            {label}
            {required && (
              <span className="param-required" title={t('panel.required')}>
                <span aria-hidden="true"> *</span>
                <span className="visually-hidden"> ({t('panel.required_mark')})</span>
              </span>
            )}
          </label>
          {help && (
            <Popover
              label={label}
              trigger={
                <IconButton
                  icon={CircleHelp}
                  size="small"
                  className="param-help"
                  label={t('panel.help', { field: label })}
                />
              }
            >
              <p className="param-help-text">{help}</p>
            </Popover>
          )}
          <span className="param-actions">
            {changed && (
              <IconButton
                icon={RotateCcw}
                size="small"
                className="param-reset"
                label={t('panel.reset')}
                onClick={() => onChange(undefined)}
              />
            )}
            {actions}
            {fx}
          </span>
        </div>
      )}
      {bare ? (
        <div className="param-cell">
          {inside}
          {fx}
        </div>
      ) : (
        inside
      )}
      {error && !(expression && said) && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
