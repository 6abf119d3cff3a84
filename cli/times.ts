/** A time in a zone as "2026-10-03 09:00:10", which sorts as text. */
export const timeText = (time: string, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    Date.parse(time),
  );
