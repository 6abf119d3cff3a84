import * as v from 'valibot';
import { Attention, BilledPosition } from './charge.ts';
import { amount, currency, id, month, next, object, time, words } from './fields.ts';
import { Line } from './line.ts';

const summary = {
  month: month('The month it was issued for'),
  statementId: v.pipe(v.string(), v.metadata({ format: 'uuid', description: 'Its own id.' })),
  currency: currency(),
  total: amount('The sum of the lines. Negative where corrections take more back than was used'),
  issuedAt: time('When the month was closed for this project'),
};

export const StatementSummary = object('A statement in a list.', summary);

export const Statements = object('The statements of a project.', {
  projectId: id('The project.'),
  statements: v.pipe(v.array(StatementSummary), v.description('Latest first.')),
});

export const IncludedItem = object('Part of the service, at no price.', {
  item: words('What is included.'),
  amount: amount('Always zero'),
  currency: currency(),
});

export const Statement = object('The frozen result of one month.', {
  projectId: id('The project.'),
  timeZone: words('The billing time zone, an IANA name.'),
  ...summary,
  digest: v.pipe(
    v.string(),
    v.regex(/^sha256:[0-9a-f]{64}$/),
    v.description(
      'Over the charges of the statement: `sha256:` and the SHA-256, in hexadecimal, of each charge in canonical form (RFC 8785), in the order they are read, each followed by a newline.',
    ),
  ),
  lines: v.pipe(v.array(Line), v.description('What the statement asks for.')),
  included: v.pipe(v.array(IncludedItem), v.description('Part of the service, at zero.')),
  unrated: v.pipe(Attention, v.description('Not billed, because no tariff had a price.')),
  held: v.pipe(Attention, v.description('With time beyond the limit of the tariff, which was not billed.')),
});

export const StatementCharges = object('The positions behind the lines of a statement.', {
  projectId: id('The project.'),
  month: month('The month of the statement'),
  statementId: summary.statementId,
  timeZone: words('The billing time zone, an IANA name.'),
  currency: currency(),
  charges: v.pipe(v.array(BilledPosition), v.description('By usage month, job and start, in byte order.')),
  next: next(),
});
