import { timeText } from '../calendar.ts';
import { count, grouped } from '../money.ts';

/** An amount with its currency. */
export const Money = ({ amount, currency }: { readonly amount: string; readonly currency: string }) => (
  <span class="money">
    {grouped(amount)}
    <span class="currency"> {currency}</span>
  </span>
);

/** A difference, with its sign: "+12.00 EUR". */
export const Signed = ({ amount, currency }: { readonly amount: string; readonly currency: string }) => (
  <span class="money">
    {Number(amount) > 0 && '+'}
    {grouped(amount)}
    <span class="currency"> {currency}</span>
  </span>
);

/** "1 job", "2 jobs". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A point in time in the billing zone. */
export const Time = ({ at, zone }: { readonly at: string; readonly zone: string }) => (
  <time dateTime={at}>{timeText(at, zone)}</time>
);

/** "29 240 earlier status events are not shown." */
export const NotShown = ({
  count: more = 0,
  what,
}: {
  readonly count: number | undefined;
  readonly what: string;
}) =>
  more > 0 ? (
    <p class="hint">
      {counted(more, what)} {more === 1 ? 'is' : 'are'} not shown.
    </p>
  ) : null;
