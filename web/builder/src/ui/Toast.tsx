import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import { create } from 'zustand';
import { t } from '@/lib/i18n';
import { Button, IconButton } from './Button';

interface Message {
  id: number;
  text: string;
  tone: 'info' | 'ok' | 'error';
  action?: { label: string; run: () => void };
  /** A later message of the same slot takes its place. */
  slot?: string;
}

interface Messages {
  messages: readonly Message[];
  /** Read out by screen readers, not shown. */
  said: string;
}

const useMessages = create<Messages>(() => ({ messages: [], said: '' }));
const SECONDS = { info: 6, ok: 4, error: 12 };
let last = 0;

/** Show a short message, for some seconds; with `action`, a button such as Undo; in place of the last of its `slot`. */
export function toast(text: string, tone: Message['tone'] = 'info', action?: Message['action'], slot?: string): void {
  const message = { id: ++last, text, tone, action, slot };
  useMessages.setState(({ messages }) => ({
    messages: [...messages.filter((other) => !slot || other.slot !== slot).slice(-2), message],
  }));
  setTimeout(() => dismiss(message.id), SECONDS[tone] * 1000);
}

/** Tell screen readers, politely. */
export function announce(said: string): void {
  useMessages.setState({ said });
}

function dismiss(id: number): void {
  useMessages.setState(({ messages }) => ({ messages: messages.filter((message) => message.id !== id) }));
}

const ICONS = { info: Info, ok: CircleCheck, error: CircleAlert };

/** Where messages appear; once, in the application. */
export function Toasts() {
  const { messages, said } = useMessages();
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
        {said}
      </div>
      <section className="toasts" aria-label={t('common.messages')} aria-live="polite">
        {messages.map(({ id, text, tone, action }) => {
          const Icon = ICONS[tone];
          return (
            <div key={id} className={`toast ${tone}`}>
              <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
              <span className="toast-text">{text}</span>
              {action && (
                <Button
                  size="small"
                  look="quiet"
                  onClick={() => {
                    action.run();
                    dismiss(id);
                  }}
                >
                  {action.label}
                </Button>
              )}
              <IconButton size="small" icon={X} label={t('common.dismiss')} onClick={() => dismiss(id)} />
            </div>
          );
        })}
      </section>
    </>
  );
}
