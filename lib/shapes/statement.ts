import * as v from 'valibot';
import { BilledChargeRecord, UnbilledCharges } from './charge.ts';
import { EventName } from './fields.ts';
import { Retraction } from './job.ts';
import { Line } from './line.ts';
import {
  currency,
  digest,
  id,
  list,
  money,
  month,
  next,
  object,
  onlyTrue,
  price,
  time,
  timeZone,
  total,
  unit,
  words,
} from './members.ts';

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

const person = {
  kind: v.pipe(
    v.picklist(['token', 'iam', 'local'], 'must be token, iam or local'),
    v.description('What the id is of: the subject of a token, an IAM identity, a user of the machine.'),
  ),
  id: words('The person, or the program in the name of one.'),
};

export const Approval = object('Who approved a statement.', { ...person, at: time('When') });
export type Approval = v.InferOutput<typeof Approval>;

const content = {
  digest: digest(
    'Digest of the charges of the statement: `sha256:` and the SHA-256, in hexadecimal, of each charge in canonical form (RFC 8785), in the order they are read, each followed by a newline.',
  ),
  lines: list(Line, 'The billed lines.'),
  included: list(IncludedItem, 'Parts of the service at no cost.'),
  unrated: v.pipe(
    UnbilledCharges,
    v.description('Charges not billed: no resources, no price, or no count of its unit.'),
  ),
  held: v.pipe(UnbilledCharges, v.description('Charges with held time, which was not billed.')),
};

export const Statement = object('The frozen result of one month.', {
  projectId: id('The project.'),
  timeZone: timeZone(),
  ...summary,
  approvedBy: v.exactOptional(
    v.pipe(Approval, v.description('Absent where statements are issued without approval.')),
  ),
  ...content,
  next: next(),
});
export type Statement = v.InferOutput<typeof Statement>;

export const Actor = object('A person, or a program in the name of one.', person);

export const DraftDecision = object('What a person decided about a draft.', {
  by: v.pipe(Actor, v.description('By whom.')),
  at: time('When'),
  reason: v.exactOptional(words('Why, as stated.')),
});
export type DraftDecision = v.InferOutput<typeof DraftDecision>;

const draft = {
  digest: digest('The digest of the statement that would be issued: approve this one.'),
  currency: currency(),
  total: money('Its total'),
};

export const ReplacedDraft = object('An approved draft that was not issued, because facts arrived.', {
  digest: draft.digest,
  total: money('Its total'),
  decision: v.pipe(DraftDecision, v.description('Who had approved it.')),
});

export const StatementDraft = object('A statement that waits for a person.', {
  state: v.pipe(
    v.picklist(
      ['waits', 'approved', 'held back', 'issued', 'withdrawn'],
      'must be waits, approved, held back, issued or withdrawn',
    ),
    v.description('`withdrawn`: by now there is nothing to bill.'),
  ),
  ...draft,
  preparedAt: time('When it was made, or renewed because facts arrived'),
  decision: v.exactOptional(v.pipe(DraftDecision, v.description('Absent while it waits.'))),
  before: v.exactOptional(v.pipe(ReplacedDraft, v.description('Absent unless an approval was taken back.'))),
});
export type StatementDraft = v.InferOutput<typeof StatementDraft>;

export const DifferingLine = object('A line that differs.', {
  change: v.pipe(
    v.picklist(['added', 'removed', 'changed'], 'must be added, removed or changed'),
    v.description('What happened to it.'),
  ),
  flavor: id('The flavor that is billed.'),
  unit: unit(),
  usageMonth: month('The month of the usage'),
  pricePerHour: price('The price of the line'),
  before: v.exactOptional(money('The amount before. Absent where it is added')),
  now: v.exactOptional(money('The amount now. Absent where it is removed')),
});
export type DifferingLine = v.InferOutput<typeof DifferingLine>;

export const StatementDifferences = object('How a preview differs from an earlier one.', {
  currency: currency(),
  total: money('The total now less the total before'),
  lines: list(
    DifferingLine,
    'The first 1,000 lines with other amounts or minutes; none where only charges differ.',
  ),
  moreLines: v.exactOptional(total('How many more lines differ. Absent where all are listed.')),
});
export type StatementDifferences = v.InferOutput<typeof StatementDifferences>;

export const StatementPreview = object('What a close of the month would issue now.', {
  preview: onlyTrue('It is not issued, and may change.'),
  projectId: id('The project.'),
  timeZone: timeZone(),
  month: summary.month,
  currency: currency(),
  total: summary.total,
  ...content,
  draft: v.exactOptional(
    v.pipe(StatementDraft, v.description('The draft of the close. Absent where there is none.')),
  ),
  differences: v.exactOptional(
    v.pipe(
      StatementDifferences,
      v.description('From the draft. Absent if it is the same, or there is none.'),
    ),
  ),
  next: next(),
});
export type StatementPreview = v.InferOutput<typeof StatementPreview>;

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
