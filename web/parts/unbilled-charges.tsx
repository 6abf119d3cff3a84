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
    {[...new Map(charges.map((charge) => [charge.jobId, charge])).values()]
      .slice(0, MAX_LINKS)
      .map(({ projectId, jobId }, index) => (
        <span key={jobId}>
          {index > 0 && ', '}
          <a href={linkTo({ view: 'job', projectId, jobId })}>{jobId}</a>
        </span>
      ))}
  </>
);

/** Usage of a month that is held or has no price, so that the total is without it. */
export const UnbilledUsage = ({ usage: { held, unrated } }: { readonly usage: Usage }) => (
  <>
    <Callout label="Held" charges={held.count}>
      These reached a limit and no stop was reported, or a stop has a wrong time. What is held is not in the
      total and not billed until a stop settles it: <JobLinks charges={held.charges} />
    </Callout>
    <Callout label="No price yet" charges={unrated.count}>
      The flavor has no price, no resources were stated, or no count of what the price is for. They are not in
      the total and will be billed once there is a price: <JobLinks charges={unrated.charges} />
    </Callout>
  </>
);

/** Charges that were held or had no price when a statement was issued. */
export const NotOnStatement = ({ statement: { held, unrated } }: { readonly statement: Statement }) => (
  <>
    <Callout label="Held" charges={held.count}>
      Time without a known stop beyond a limit is not part of this statement; a later one has it once a stop
      is reported.
    </Callout>
    <Callout label="Without a price" charges={unrated.count}>
      They are not part of this statement; a later one has them once there is a price.
    </Callout>
  </>
);
