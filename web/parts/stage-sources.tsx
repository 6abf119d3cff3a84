import type { Operations } from '../../lib/shapes/operations.ts';
import { count } from '../money.ts';
import { Card } from './card.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Time } from './text.tsx';

/** Tariffs in force under which jobs are still to be settled; nothing is the usual. */
export const Publications = ({
  operations: { publications, timeZone },
}: {
  readonly operations: Operations;
}) =>
  publications.length === 0 ? null : (
    <Card id="publications" title="Tariffs that are not settled yet">
      <table class="stacking">
        <caption class="visually-hidden">Tariffs</caption>
        <thead>
          <tr>
            <th scope="col">Tariff</th>
            <th scope="col">Published</th>
            <NumberHead>Jobs settled</NumberHead>
            <NumberHead>Jobs parked</NumberHead>
          </tr>
        </thead>
        <tbody>
          {publications.map(({ tariff, startedAt, jobsSettled, jobsParked }) => (
            <tr key={tariff}>
              <th scope="row" class="id">
                {tariff}
              </th>
              <td data-label="Published">
                <Time at={startedAt} zone={timeZone} />
              </td>
              <NumberCell label="Jobs settled">{count(jobsSettled)}</NumberCell>
              <NumberCell label="Jobs parked">{count(jobsParked)}</NumberCell>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );

/** What is polled of the provider; nothing where none is. */
export const Provider = ({ operations: { polls, timeZone } }: { readonly operations: Operations }) =>
  polls.count === 0 ? null : (
    <Card id="polls" title="Polls of the provider">
      <table class="stacking">
        <caption class="visually-hidden">Polls</caption>
        <thead>
          <tr>
            <th scope="col">Project here</th>
            <th scope="col">At the provider</th>
            <th scope="col">Polled last</th>
            <th scope="col">All is known up to</th>
          </tr>
        </thead>
        <tbody>
          {polls.polls.map(({ provider, projectId, polledAt, lastSuccess }) => (
            <tr key={provider}>
              <th scope="row" class="id">
                {projectId}
              </th>
              <td data-label="At the provider">
                <span class="id">{provider}</span>
              </td>
              <td data-label="Polled last">
                <Time at={polledAt} zone={timeZone} />
              </td>
              <td data-label="All is known up to">
                {lastSuccess === undefined ? (
                  <span class="tag first warning">no whole poll yet</span>
                ) : (
                  <Time at={lastSuccess} zone={timeZone} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {polls.count > polls.polls.length && (
        <p class="hint">
          These are the {count(polls.polls.length)} of {count(polls.count)} that are the furthest behind.
        </p>
      )}
    </Card>
  );
