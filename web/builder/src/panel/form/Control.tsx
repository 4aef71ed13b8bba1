import { Suspense } from 'react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Switch } from '@/ui/Field';
import { CredentialSlot } from '../CredentialSlot';
import { AnyControl } from './AnyControl';
import { ChoiceControl, MultiControl } from './ChoiceControl';
import { ConditionsControl } from './ConditionsControl';
import { GroupControl } from './GroupControl';
import { fieldOf, useHost } from './host';
import { ListControl } from './ListControl';
import { LiveControl, WorkflowControl } from './LiveControl';
import type { Spec } from './spec';
import { DurationControl, NumberControl, TextControl } from './TextControl';
import type { Expression } from './tags';
import { UnionControl } from './UnionControl';
import { effective } from './values';

const CodeControl = later(() => import('./CodeControl'));

export interface ControlProps<S extends Spec = Spec> {
  spec: S;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  /** What was typed is an expression. */
  onExpression: (expression: Expression) => void;
  path: string;
  label: string;
  id: string;
  described?: string;
  invalid?: boolean;
  bare?: boolean;
}

/** The control for a kind of field. */
export function Control(props: ControlProps) {
  const { spec, value, onChange, path } = props;
  const { options, readOnly } = useHost();
  if (spec.kind !== 'list' && options.has(fieldOf(path))) return <LiveControl {...props} />;
  switch (spec.kind) {
    case 'text':
    case 'textarea':
    case 'password':
    case 'date':
    case 'datetime':
      return <TextControl {...props} />;
    case 'duration':
      return <DurationControl {...props} />;
    case 'any':
      return <AnyControl {...props} />;
    case 'number':
      return <NumberControl {...props} spec={spec} />;
    case 'boolean':
      return (
        <Switch
          id={props.id}
          checked={effective(spec, value) === true}
          onChange={onChange}
          label={props.label}
          disabled={readOnly}
        />
      );
    case 'choice':
      return <ChoiceControl {...props} spec={spec} />;
    case 'multi':
      return <MultiControl {...props} spec={spec} />;
    case 'workflow':
      return <WorkflowControl {...props} />;
    case 'credential':
      return <CredentialSlot {...props} types={spec.types} />;
    case 'group':
      return <GroupControl {...props} spec={spec} />;
    case 'conditions':
      return <ConditionsControl {...props} spec={spec} />;
    case 'union':
      return <UnionControl {...props} spec={spec} />;
    case 'list':
      return <ListControl {...props} spec={spec} />;
    case 'code':
    case 'json':
      return (
        <Suspense fallback={<div className="input area np-code-wait" />}>
          {spec.kind === 'json' && spec.reason === 'unknown' && <p className="field-help">{t('panel.as_json')}</p>}
          <CodeControl {...props} spec={spec} />
        </Suspense>
      );
  }
}
