/** Days as date fields write them, `2026-03-09`, in the reader's own time. */

const two = (value: number) => String(value).padStart(2, '0');

/** The day that it is here. */
export function today(now = new Date()): string {
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The last moment of a day here, as the API takes it: what is good until a day is good on that day. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}
