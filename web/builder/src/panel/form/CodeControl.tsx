import { javascript } from '@codemirror/lang-javascript';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { python } from '@codemirror/lang-python';
import { linter } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { lineNumbers } from '@codemirror/view';
import { type CSSProperties, useMemo, useState } from 'react';
import { t } from '@/lib/i18n';
import { CodeMirror } from '../expression/CodeMirror';
import type { ControlProps } from './Control';
import { useHost } from './host';
import { fromText, toText } from './json';
import type { Spec } from './spec';
import { effective } from './values';

const LANGUAGES: Record<string, () => Extension> = { javascript, json, python };

function isJson(spec: Spec): boolean {
  return spec.kind === 'json' || (spec.kind === 'code' && spec.json);
}

/** Source text, or JSON as text. JSON that cannot be read yet stays on the screen and is not saved. */
export default function CodeControl({ spec, value, onChange, label, described, invalid }: ControlProps) {
  const { node, readOnly } = useHost();
  const asJson = isJson(spec);
  const holes = node !== null && spec.hints.expr !== false;
  const language = spec.kind === 'code' ? spec.language : 'json';
  const shown = effective(spec, value);
  const saved = asJson ? toText(shown ?? undefined, holes) : typeof shown === 'string' ? shown : '';
  const [draft, setDraft] = useState<{ text: string; saved: string } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const text = draft && draft.saved === saved ? draft.text : saved;
  const extensions = useMemo<Extension[]>(
    () => [LANGUAGES[language]?.() ?? [], language === 'json' ? linter(jsonParseLinter()) : lineNumbers()],
    [language],
  );
  function write(next: string) {
    if (!asJson) return onChange(next === '' && spec.initial === undefined ? undefined : next);
    try {
      const parsed = fromText(next, holes);
      setDraft({ text: next, saved: toText(parsed ?? spec.initial ?? undefined, holes) });
      setWrong(null);
      onChange(parsed);
    } catch (error) {
      setDraft({ text: next, saved });
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <div
      className={`np-code ${asJson ? 'np-code-json' : ''}`}
      style={spec.hints.rows ? ({ '--rows': spec.hints.rows } as CSSProperties) : undefined}
      data-invalid={invalid || wrong !== null || undefined}
    >
      <CodeMirror
        value={text}
        onChange={write}
        extensions={extensions}
        label={label}
        describedBy={described}
        invalid={invalid || wrong !== null}
        readOnly={readOnly}
        hint={asJson && holes ? t('panel.json_hint') : undefined}
      />
      {wrong && (
        <p className="field-error" role="status">
          {t('panel.not_json', { reason: wrong })}
        </p>
      )}
    </div>
  );
}
