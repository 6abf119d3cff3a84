import * as v from 'valibot';
import { BilledChargeRecord, UnbilledCharges } from './charge.ts';
import { EventName, text } from './fields.ts';
import { Retraction } from './job.ts';
import { Line } from './line.ts';
import { currency, id, list, money, month, next, object, time, timeZone, words } from './members.ts';

const summary = {
  month: month('The month it was issued for'),
  statementId: v.pipe(EventName, v.metadata({ format: 'uuid', description: 'The id of the statement.' })),
  currency: currency(),
  total: money('The sum of the lines. Negative where corrections exceed usage'),
  issuedAt: time('When the month was closed for this project'),
};

export const StatementSummary = object('A statement in a list.', summary);
export type StatementSummary = v.InferOutput<typeof StatementSummary>;

export const Statements = object('The statements of a project.', {
  projectId: id('The project.'),
  statements: list(StatementSummary, 'Latest first.'),
});
export type Statements = v.InferOutput<typeof Statements>;

export const IncludedItem = object('A part of the service at no cost.', {
  item: words('The included item.'),
  amount: money('Always zero'),
  currency: currency(),
});
export type IncludedItem = v.InferOutput<typeof IncludedItem>;

export const Statement = object('The frozen result of one month.', {
  projectId: id('The project.'),
  timeZone: timeZone(),
  ...summary,
  digest: v.pipe(
    text(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
    v.description(
      'Digest of the charges of the statement: `sha256:` and the SHA-256, in hexadecimal, of each charge in canonical form (RFC 8785), in the order they are read, each followed by a newline.',
    ),
  ),
  lines: list(Line, 'The billed lines.'),
  included: list(IncludedItem, 'Parts of the service at no cost.'),
  unrated: v.pipe(
    UnbilledCharges,
    v.description('Charges not billed: no resources, no price, or no count of its unit.'),
  ),
  held: v.pipe(UnbilledCharges, v.description('Charges with held time, which was not billed.')),
});
export type Statement = v.InferOutput<typeof Statement>;

const JobRetraction = object('A retraction of an event of a job.', {
  jobId: id('The job.'),
  ...Retraction.entries,
});

export const StatementCharges = object('The billed charges of a statement.', {
  projectId: id('The project.'),
  month: month('The month of the statement'),
  statementId: summary.statementId,
  timeZone: timeZone(),
  currency: currency(),
  charges: list(BilledChargeRecord, 'By usage month, job and start, in byte order.'),
  retractions: v.exactOptional(
    list(
      JobRetraction,
      'Why charges of the page are withdrawn or changed: those that took back events of what they replace. Absent where none did.',
    ),
  ),
  next: next(),
});
export type StatementCharges = v.InferOutput<typeof StatementCharges>;
