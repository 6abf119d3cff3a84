/** A point in time, to the nanosecond. */
export interface Instant {
  /** Epoch milliseconds. */
  readonly time: number;
  /** Nanoseconds within the millisecond. */
  readonly nanos: number;
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:[0-5]\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * The instant of an RFC 3339 time with an offset and at most 9 fractional digits; undefined for
 * others, and for days and times that do not exist.
 */
export const parseInstant = (text: string): Instant | undefined => {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [, day, clock, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const local = `${day}T${clock}.000Z`;
  const whole = new Date(local);
  // A Date takes 30 February as 2 March, and 24:00:00 as the next day.
  if (Number.isNaN(whole.getTime()) || whole.toISOString() !== local) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const digits = fraction.padEnd(9, '0');
  return {
    time: whole.getTime() - (sign === '-' ? -offset : offset) + Number(digits.slice(0, 3)),
    nanos: Number(digits.slice(3)),
  };
};

/** In UTC, with as many fractional digits as needed. */
export const instantText = ({ time, nanos }: Instant): string => {
  const iso = new Date(time).toISOString();
  const fraction = (iso.slice(-4, -1) + String(nanos).padStart(6, '0')).replace(/0+$/, '');
  return `${iso.slice(0, -5)}${fraction && `.${fraction}`}Z`;
};
