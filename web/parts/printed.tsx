import type { ComponentChildren } from 'preact';
import { timeText } from '../calendar.ts';

/** Text for paper alone, in place of what only a screen shows. */
export const Printed = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="printed hint">{children}</p>
);

/** Of what and when a printed page is: its figures are those of this second. */
export const PrintedAsOf = ({
  what,
  now,
  zone,
}: {
  readonly what: string;
  readonly now: number;
  readonly zone: string;
}) => (
  <Printed>
    {what}, as of {timeText(now, zone)} {zone}
  </Printed>
);
