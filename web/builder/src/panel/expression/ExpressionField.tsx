import { Maximize2 } from 'lucide-react';
import { type Ref, useId, useImperativeHandle, useRef, useState } from 'react';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import { useHost } from '../form/host';
import { type Expression, tagged } from '../form/tags';
import { ExpressionDialog } from './ExpressionDialog';
import { PreviewLine } from './PreviewLine';
import { type ExpressionHandle, Source } from './Source';
import { usePreview } from './usePreview';

export type { ExpressionHandle } from './Source';

interface ExpressionFieldProps {
  ref?: Ref<ExpressionHandle>;
  expression: Expression;
  label: string;
  path: string;
  /** What the server said of the saved draft. */
  error?: string;
  readOnly?: boolean;
  focus?: boolean;
  onChange: (expression: Expression) => void;
}

/** A field that holds an expression: its text, and below it what it gives. */
export default function ExpressionField({
  ref,
  expression,
  label,
  path,
  error,
  readOnly,
  focus,
  onChange,
}: ExpressionFieldProps) {
  const id = useId();
  const { node } = useHost();
  const [large, setLarge] = useState(false);
  const source = useRef<ExpressionHandle>(null);
  const preview = usePreview(node ?? '', path, tagged(expression));
  const fault = preview.result?.error;
  const wrong = fault !== undefined && fault !== null && !(fault.missing && preview.result?.source === 'none');
  useImperativeHandle(ref, () => ({
    insert: (text) => source.current?.insert(text),
    focus: () => source.current?.focus(),
  }));
  return (
    <div className="np-expression" data-invalid={wrong || undefined}>
      <div className="np-expression-box">
        <span className="np-expression-mark" aria-hidden="true">
          {expression.tag === '$' ? '=' : 'fx'}
        </span>
        <Source
          ref={source}
          node={node ?? ''}
          expression={expression}
          onChange={onChange}
          label={t('panel.expression_for', { field: label })}
          describedBy={id}
          invalid={wrong}
          readOnly={readOnly}
          focus={focus}
          offset={fault?.offset}
        />
        <IconButton
          icon={Maximize2}
          size="small"
          className="np-expression-grow"
          label={t('panel.large_editor')}
          onClick={() => setLarge(true)}
        />
      </div>
      <PreviewLine id={id} state={preview} issue={error} />
      {large && (
        <ExpressionDialog
          expression={expression}
          node={node ?? ''}
          label={label}
          preview={preview}
          readOnly={readOnly}
          onChange={onChange}
          onClose={() => setLarge(false)}
        />
      )}
    </div>
  );
}
