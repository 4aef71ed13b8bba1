import { useId, useRef } from 'react';
import { t } from '@/lib/i18n';
import { Dialog } from '@/ui/Dialog';
import type { Expression } from '../form/tags';
import { PreviewLine } from './PreviewLine';
import { Reference } from './Reference';
import { type ExpressionHandle, Source } from './Source';
import type { PreviewState } from './usePreview';

interface ExpressionDialogProps {
  expression: Expression;
  node: string;
  label: string;
  preview: PreviewState;
  readOnly?: boolean;
  onChange: (expression: Expression) => void;
  onClose: () => void;
}

/** Room for a long expression: the text, all of what it gives, and the language to look things up in. */
export function ExpressionDialog({
  expression,
  node,
  label,
  preview,
  readOnly,
  onChange,
  onClose,
}: ExpressionDialogProps) {
  const id = useId();
  const source = useRef<ExpressionHandle>(null);
  return (
    <Dialog open onClose={onClose} title={label} size="large">
      <div className="np-expression-dialog">
        <div className="np-expression-work">
          <div className="np-expression-box large">
            <Source
              ref={source}
              node={node}
              expression={expression}
              onChange={onChange}
              label={t('panel.expression_for', { field: label })}
              describedBy={id}
              readOnly={readOnly}
              focus
              offset={preview.result?.error?.offset}
            />
          </div>
          <h3>{t('panel.result')}</h3>
          <PreviewLine id={id} state={preview} large />
        </div>
        <Reference onPick={(text) => source.current?.insert(text)} />
      </div>
    </Dialog>
  );
}
