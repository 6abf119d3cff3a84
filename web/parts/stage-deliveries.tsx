import type { Operations } from '../../lib/shapes/operations.ts';
import { count } from '../money.ts';
import { Card } from './card.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Time } from './text.tsx';

type Endpoint = Operations['deliveries'][number];

const Failures = ({ value, more }: { readonly value: number; readonly more: boolean | undefined }) =>
  value === 0 ? (
    <span class="muted">–</span>
  ) : (
    <span class="tag warning">
      {count(value)}
      {more && ' +'}
    </span>
  );

const Oldest = ({
  oldest: { since, type, attempts, nextAttemptAt, error },
  zone,
}: {
  readonly oldest: NonNullable<Endpoint['oldest']>;
  readonly zone: string;
}) => (
  <>
    {error}
    <div class="hint">
      <code>{type}</code>, failing since <Time at={since} zone={zone} /> ({count(attempts)} attempts),{' '}
      {nextAttemptAt === undefined ? (
        'parked'
      ) : (
        <>
          next <Time at={nextAttemptAt} zone={zone} />
        </>
      )}
    </div>
  </>
);

const Row = ({ endpoint, zone }: { readonly endpoint: Endpoint; readonly zone: string }) => {
  const { endpointId, host, types, projectId, failing, parked, more, oldest, attempts } = endpoint;
  return (
    <tr>
      <th scope="row">
        <span class="id">{host ?? 'stops at the provider'}</span>
        <div class="hint id">
          {endpointId}
          {projectId !== undefined && `, project ${projectId}`}
          {types && `, ${types.join(', ')}`}
        </div>
      </th>
      <NumberCell label="Failing">
        <Failures value={failing} more={more} />
      </NumberCell>
      <NumberCell label="Parked">
        <Failures value={parked} more={more} />
      </NumberCell>
      <NumberCell label="Failed in 24 h">
        {count(attempts.failed)} <span class="muted">of {count(attempts.count)}</span>
      </NumberCell>
      <td data-label="Why">
        {oldest ? <Oldest oldest={oldest} zone={zone} /> : <span class="muted">delivers</span>}
      </td>
    </tr>
  );
};

/** Endpoints that get events out, and which of them fail. */
export const StageDeliveries = ({
  operations: { deliveries, timeZone },
}: {
  readonly operations: Operations;
}) => (
  <Card id="deliveries" title="Deliveries of events">
    {deliveries.length === 0 ? (
      <p class="empty">
        No endpoint is added: <code>jobmeter endpoint add</code> adds one.
      </p>
    ) : (
      <table class="stacking">
        <caption class="visually-hidden">Endpoints</caption>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <NumberHead>Failing</NumberHead>
            <NumberHead>Parked</NumberHead>
            <NumberHead>Failed in 24 h</NumberHead>
            <th scope="col">Oldest failure</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((endpoint) => (
            <Row key={endpoint.endpointId} endpoint={endpoint} zone={timeZone} />
          ))}
        </tbody>
      </table>
    )}
    {deliveries.some(({ parked }) => parked > 0) && (
      <p class="hint">
        Of what is parked one is tried each hour, and all follow it: <code>jobmeter redeliver</code> does not
        wait.
      </p>
    )}
  </Card>
);
