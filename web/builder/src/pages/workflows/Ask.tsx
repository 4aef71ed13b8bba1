import { type FormEvent, useId, useState } from 'react';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, Input } from '@/ui/Field';

interface AskTextProps {
  title: string;
  label: string;
  help?: string;
  value: string;
  /** Nothing is an answer too. */
  optional?: boolean;
  /** Offered while one types. */
  offered?: readonly string[];
  onClose: () => void;
  onDone: (text: string) => void;
}

/** Asks for one line of text. */
export function AskText({ title, label, help, value, optional, offered = [], onClose, onDone }: AskTextProps) {
  const [text, setText] = useState(value);
  const list = useId();
  function submit(event: FormEvent) {
    event.preventDefault();
    onClose();
    onDone(text.trim());
  }
  return (
    <Dialog open size="small" title={title} onClose={onClose}>
      <form className="ask" onSubmit={submit}>
        <Field label={label} help={help}>
          {(ids) => (
            <Input
              {...ids}
              value={text}
              maxLength={200}
              list={offered.length > 0 ? list : undefined}
              onChange={({ target }) => setText(target.value)}
              onFocus={({ target }) => target.select()}
            />
          )}
        </Field>
        <datalist id={list}>
          {offered.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <div className="ask-buttons">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" disabled={!optional && !text.trim()}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  verb: string;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before something is destroyed. */
export function Confirm({ title, text, verb, onClose, onDone }: ConfirmProps) {
  return (
    <Dialog open size="small" title={title} onClose={onClose}>
      <div className="ask">
        <p>{text}</p>
        <div className="ask-buttons">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="danger"
            onClick={() => {
              onClose();
              onDone();
            }}
          >
            {verb}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
