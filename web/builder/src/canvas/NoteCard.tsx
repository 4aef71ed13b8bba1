import { type NodeProps, NodeResizer, NodeToolbar, Position } from '@xyflow/react';
import { Check, Pencil, Trash2 } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import { NOTE_COLORS, type Note } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { changeNote, deleteSelected } from './edits';
import type { NoteNode } from './elements';
import { NOTE, snap } from './geometry';
import { Markdown } from './Markdown';
import { canvas, setCanvas, useCanvas } from './state';

/** A sheet of paper behind the steps. */
export const NoteCard = memo(function NoteCard({ id, data: { note }, selected }: NodeProps<NoteNode>) {
  const writing = useCanvas((state) => state.writing === id);
  const tabStop = useCanvas((state) => state.active === id);
  const readOnly = useDocument((state) => state.readOnly);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a note is no form's fieldset
    <div
      data-node={id}
      className={`note ${note.color}`}
      data-selected={selected || undefined}
      role="group"
      aria-roledescription={t('canvas.note_role')}
      aria-label={note.text.split('\n', 1)[0]?.replace(/^[#\s]+/, '') || t('canvas.note_empty')}
      // Arrow keys and the search lead here
      tabIndex={tabStop ? 0 : -1}
      onFocus={() => setCanvas({ active: id })}
    >
      {selected && !readOnly && <Resizer note={note} />}
      {selected && !readOnly && <NoteBar note={note} />}
      {writing && !readOnly ? (
        <Writing note={note} />
      ) : (
        <div className="note-text">{note.text ? <Markdown text={note.text} /> : t('canvas.note_hint')}</div>
      )}
    </div>
  );
});

function Resizer({ note }: { note: Note }) {
  return (
    <NodeResizer
      minWidth={NOTE.least}
      minHeight={NOTE.least / 2}
      handleClassName="note-handle"
      lineClassName="note-line"
      onResize={(_, { x, y, width, height }) =>
        setCanvas({ drafts: new Map([[note.id, { position: [x, y], size: [width, height] }]]) })
      }
      onResizeEnd={(_, { x, y, width, height }) => {
        setCanvas({ drafts: new Map() });
        changeNote({ ...note, position: [snap(x), snap(y)], size: [snap(width), snap(height)] });
      }}
    />
  );
}

function NoteBar({ note }: { note: Note }) {
  return (
    <NodeToolbar
      isVisible
      position={Position.Top}
      align="start"
      offset={8}
      className="note-bar nodrag nopan"
      role="toolbar"
      aria-label={t('canvas.note_tools')}
    >
      {NOTE_COLORS.map((color) => (
        <button
          key={color}
          type="button"
          className={`note-color ${color}`}
          aria-label={t(`canvas.color_${color}`)}
          aria-pressed={note.color === color}
          title={t(`canvas.color_${color}`)}
          onClick={() => changeNote({ ...note, color })}
        >
          {note.color === color && <Check size={12} strokeWidth={2.5} aria-hidden="true" />}
        </button>
      ))}
      <button
        type="button"
        className="bar-button"
        aria-label={t('canvas.note_edit')}
        title={t('canvas.note_edit')}
        onClick={() => setCanvas({ writing: note.id })}
      >
        <Pencil size={14} strokeWidth={1.75} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="bar-button"
        aria-label={t('common.delete')}
        title={t('common.delete')}
        onClick={() => deleteSelected()}
      >
        <Trash2 size={14} strokeWidth={1.75} aria-hidden="true" />
      </button>
    </NodeToolbar>
  );
}

function Writing({ note }: { note: Note }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  return (
    <textarea
      ref={area}
      className="note-area nodrag nopan nowheel nokey"
      aria-label={t('canvas.note_text')}
      defaultValue={note.text}
      placeholder={t('canvas.note_hint')}
      maxLength={20_000}
      onBlur={(event) => {
        changeNote(event.target.value === note.text ? note : { ...note, text: event.target.value });
        if (canvas().writing === note.id) setCanvas({ writing: null });
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.currentTarget.blur();
        document.querySelector<HTMLElement>(`[data-node="${CSS.escape(note.id)}"]`)?.focus();
      }}
    />
  );
}
