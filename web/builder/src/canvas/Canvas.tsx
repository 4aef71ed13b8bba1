import '@/styles/canvas.css';
import {
  type PointerEvent,
  type MouseEvent as ReactMouseEvent,
  Suspense,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useActions } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { ACTIONS } from './actions';
import { Carried } from './Carried';
import { ChordHint } from './ChordHint';
import { reveal, toCanvas } from './camera';
import { Dock } from './Dock';
import { askForNode, focusCard } from './edits';
import { FirstStep } from './FirstStep';
import { Flow } from './Flow';
import { nodesAt } from './graph';
import { LinkHint } from './LinkHint';
import { beginMarquee, endMarquee } from './marquee';
import { canvas, setCanvas, useCanvas } from './state';
import { useClipboard } from './useClipboard';
import { useNarrow } from './useNarrow';
import { ZoomMenu } from './ZoomMenu';

// What is opened comes right after what is seen.
const CanvasMenu = later(() => import('./CanvasMenu'));
const ConnectTo = later(() => import('./ConnectTo'));
const Find = later(() => import('./Find'));
const Palette = later(() => import('./Palette'));
const StepList = later(() => import('./StepList'));

/** The graph, and everything that floats on it. Fills its parent. */
export function Canvas() {
  const region = useRef<HTMLElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const workflow = useDocument((state) => state.filing?.id);
  const count = useDocument((state) => Object.keys(state.doc.nodes).length);
  const bare = useDocument((state) => Object.keys(state.doc.nodes).length + Object.keys(state.doc.notes).length === 0);
  const readOnly = useDocument((state) => state.readOnly);
  const stepList = useView((state) => state.stepList);
  const narrow = useNarrow();
  useActions(ACTIONS);
  useClipboard();
  useSize(region, setSize);
  useKeptInSight(size);
  useEffect(() => {
    const { stepList: open, set } = useView.getState();
    if (!narrow || open) return;
    // Where there is no room for the canvas, the list takes its place, as long as that is so.
    set({ stepList: true });
    return () => set({ stepList: false });
  }, [narrow]);

  const shown = size.width > 0 && (workflow !== undefined || !bare);
  return (
    // Clicks on the ground have keys and menus beside them
    <section
      ref={region}
      className={`canvas ${readOnly ? 'still' : ''}`}
      data-testid="canvas"
      aria-label={t('canvas.region', { count })}
      // Where there is no step yet, the keys need a place
      tabIndex={count === 0 ? 0 : -1}
      onPointerDownCapture={pointerDown}
      onPointerUpCapture={() => requestAnimationFrame(endMarquee)}
      onPointerMove={(event) => setPointer(event)}
      onDoubleClick={(event) => doubleClick(event)}
    >
      <button type="button" className="skip-link" onClick={openSteps}>
        {t('canvas.skip_to_list')}
      </button>
      {shown && <Flow key={workflow} workflow={workflow ?? ''} {...size} still={narrow} />}
      {shown && bare && !readOnly && <FirstStep />}
      <Suspense>{stepList && <StepList />}</Suspense>
      <LinkHint />
      <ChordHint />
      <ZoomMenu />
      {!readOnly && !narrow && <Dock />}
      <Suspense>
        <Find />
        <CanvasMenu />
        <Palette />
        <ConnectTo />
      </Suspense>
      <Carried />
      <Keeper />
    </section>
  );
}

function openSteps(): void {
  useView.getState().set({ stepList: true });
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.outline [tabindex="0"]')?.focus());
}

function onGround(target: EventTarget): boolean {
  return target instanceof Element && target.classList.contains('react-flow__pane');
}

function pointerDown(event: PointerEvent<HTMLElement>): void {
  setPointer(event);
  if (!onGround(event.target) || event.button !== 0) return;
  beginMarquee(event);
  // So that the keys of the canvas work, and a field that had the focus is done.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

// Not through a re-rendering state: nobody draws it.
function setPointer(event: PointerEvent<HTMLElement>): void {
  const state = canvas();
  if (onGround(event.target) || state.pointer) state.pointer = [event.clientX, event.clientY];
}

function doubleClick(event: ReactMouseEvent): void {
  if (onGround(event.target)) askForNode({ position: toCanvas([event.clientX, event.clientY]) });
}

function useSize(region: React.RefObject<HTMLElement | null>, set: (size: { width: number; height: number }) => void) {
  useLayoutEffect(() => {
    const element = region.current;
    if (!element) return;
    setCanvas({ element });
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      // A tab in the background has no size; what is there stays as it is.
      if (width > 0 && height > 0) set({ width, height });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      setCanvas({ element: null, flow: null, drafts: new Map(), menu: null, linking: null });
    };
  }, [region, set]);
}

/** A part of its own, so that a change of the document draws no more than it has to. */
function Keeper() {
  useTabStop();
  useWhatIs();
  return null;
}

/** One card can always be reached by Tab: the one that had the focus last, or the first one. */
function useTabStop(): void {
  const doc = useDocument((state) => state.doc);
  const active = useCanvas((state) => state.active);
  useEffect(() => {
    if (active && (active in doc.nodes || active in doc.notes)) return;
    setCanvas({ active: nodesAt(doc, Object.keys(doc.nodes))[0]?.id ?? null });
  }, [doc, active]);
}

/** Nothing stays selected or open that is gone, whoever took it away. */
function useWhatIs(): void {
  const doc = useDocument((state) => state.doc);
  useEffect(() => {
    const { selected, selectedEdges, open, openNode, select } = useView.getState();
    const ids = [...selected].filter((id) => id in doc.nodes || id in doc.notes);
    const keys = [...selectedEdges].filter((key) => key in doc.connections);
    if (ids.length < selected.size || keys.length < selectedEdges.size) select(ids, keys);
    if (open && !(open in doc.nodes)) openNode(null);
  }, [doc]);
}

/** A panel that opens does not cover the step that it is about. */
function useKeptInSight(size: { width: number; height: number }): void {
  const open = useView((state) => state.open);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new size is a reason to look again
  useEffect(() => {
    if (open) reveal(open);
  }, [open, size]);
  useEffect(() => {
    const closed = open;
    return () => {
      if (closed && useView.getState().open === null) focusCard(closed);
    };
  }, [open]);
}
