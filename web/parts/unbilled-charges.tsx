import type { ComponentChildren } from 'preact';
import type { Statement } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { linkTo } from '../route.ts';
import { counted } from './text.tsx';

const MAX_LINKS = 5;

const Callout = ({
  label,
  charges,
  children,
}: {
  readonly label: string;
  readonly charges: number;
  readonly children: ComponentChildren;
}) =>
  charges === 0 ? null : (
    <p class="callout warning">
      <strong>
        {label}: {counted(charges, 'charge')}.
      </strong>{' '}
      {children}
    </p>
  );

const JobLinks = ({ charges }: { readonly charges: Usage['held']['charges'] }) => (
  <>
    {[...new Set(charges.map(({ jobId }) => jobId))].slice(0, MAX_LINKS).map((jobId, index) => (
      <span key={jobId}>
        {index > 0 && ', '}
        <a href={linkTo({ view: 'job', jobId })}>{jobId}</a>
      </span>
    ))}
  </>
);

/** Usage of a month that is held or has no price, so that the total is without it. */
export const UnbilledUsage = ({ usage: { held, unrated } }: { readonly usage: Usage }) => (
  <>
    <Callout label="Held" charges={held.count}>
      These ran longer than the tariff’s limit, which often means that their stop was never reported. What is
      beyond the limit is not in the total and not billed by itself: <JobLinks charges={held.charges} />
    </Callout>
    <Callout label="No price yet" charges={unrated.count}>
      The flavor has no price, or no resources were stated. They are not in the total and will be billed once
      there is a price: <JobLinks charges={unrated.charges} />
    </Callout>
  </>
);

/** Charges that were held or had no price when a statement was issued. */
export const NotOnStatement = ({ statement: { held, unrated } }: { readonly statement: Statement }) => (
  <>
    <Callout label="Held" charges={held.count}>
      Time beyond the tariff’s limit is not part of this statement; a later one has it if a stop or a tariff
      settles it.
    </Callout>
    <Callout label="Without a price" charges={unrated.count}>
      They are not part of this statement; a later one has them once there is a price.
    </Callout>
  </>
);
