import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { shown } from '@/actions/registry';
import { place } from './place';
import type { Side } from './Tooltip';

const WAIT_MS = 400;
/** Who has just read one need not wait for the next. */
const AGAIN_MS = 200;
/** Time to move the pointer onto the tooltip. */
const LEAVE_MS = 100;
const ID = 'tip';

interface Shown {
  control: HTMLElement;
  text: string;
  keys: string | undefined;
  side: Side;
}

/** The one tooltip there is, of whatever control has the pointer or the keyboard's focus; see WCAG 1.4.13. */
export function TipLayer() {
  const [tip, setTip] = useState<Shown | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => watch(setTip), []);
  useLayoutEffect(() => {
    if (!tip || !box.current) return;
    const { left, top } = place(tip.control.getBoundingClientRect(), box.current.getBoundingClientRect(), tip.side, {
      width: window.innerWidth,
      height: window.innerHeight,
    });
    box.current.style.translate = `${left}px ${top}px`;
    // What is its name already need not be told again.
    if (tip.control.getAttribute('aria-label') === tip.text) return;
    tip.control.setAttribute('aria-describedby', ID);
    return () => tip.control.removeAttribute('aria-describedby');
  }, [tip]);
  if (!tip) return null;
  return createPortal(
    <div ref={box} id={ID} role="tooltip" className="tip">
      <span>{tip.text}</span>
      {tip.keys && <kbd className="key">{shown(tip.keys)}</kbd>}
    </div>,
    document.body,
  );
}

/** Shows the tooltips of controls while they are pointed at or focused by keyboard. Gives the way to stop. */
function watch(show: (tip: Shown | null) => void): () => void {
  let current: HTMLElement | null = null;
  let open = false;
  let closed = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide() {
    clearTimeout(timer);
    if (open) closed = Date.now();
    [current, open] = [null, false];
    show(null);
  }
  function point(control: HTMLElement, wait: number) {
    if (control === current) return clearLeaving();
    hide();
    current = control;
    timer = setTimeout(() => {
      const { tip = '', tipKeys, tipSide } = control.dataset;
      if (!control.isConnected || !tip) return;
      open = true;
      show({ control, text: tip, keys: tipKeys, side: sideOf(tipSide) });
    }, wait);
  }
  function clearLeaving() {
    if (open) clearTimeout(timer);
  }
  function over(event: PointerEvent) {
    if (event.pointerType === 'touch') return;
    const control = controlOf(event.target);
    if (control) point(control, Date.now() - closed < AGAIN_MS || open ? 0 : WAIT_MS);
    else if (open && event.target instanceof Element && event.target.closest(`#${ID}`)) clearLeaving();
    else if (open) {
      clearTimeout(timer);
      timer = setTimeout(hide, LEAVE_MS);
    } else if (current) hide();
  }
  function focus(event: FocusEvent) {
    const control = controlOf(event.target);
    if (control && event.target instanceof Element && event.target.matches(':focus-visible')) point(control, 0);
  }
  function key(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    hide();
  }

  const listening = new AbortController();
  const { signal } = listening;
  document.addEventListener('pointerover', over, { signal });
  document.documentElement.addEventListener('pointerleave', hide, { signal });
  document.addEventListener('focusin', focus, { signal });
  for (const kind of ['focusout', 'pointerdown', 'dragstart'] as const)
    document.addEventListener(kind, hide, { signal, capture: true });
  window.addEventListener('keydown', key, { signal, capture: true });
  document.addEventListener('scroll', () => current && hide(), { signal, capture: true, passive: true });
  return () => {
    listening.abort();
    clearTimeout(timer);
  };
}

function controlOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
}

function sideOf(text: string | undefined): Side {
  return text === 'top' || text === 'left' || text === 'right' ? text : 'bottom';
}
