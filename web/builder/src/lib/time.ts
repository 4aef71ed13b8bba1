/** Moments and lengths of time, as people read them. */
import { formats } from './formats';
import { useLanguage } from './i18n';

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "5 minutes ago", from an RFC 3339 time. */
export function ago(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000;
  const format = formats(useLanguage.getState().language).ago;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), 'second');
}

/** Date and time in full. */
export function moment(time: string): string {
  return formats(useLanguage.getState().language).moment.format(new Date(time));
}

/** The time of day. */
export function clock(time: string | number): string {
  return formats(useLanguage.getState().language).clock.format(new Date(time));
}

/** "340 ms", "1.2 s", "3 min 5 s", from milliseconds. */
export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  // Rounded first and then put into units: there is no "60 s" and no "1000 ms".
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
