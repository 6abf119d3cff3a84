import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { Refusal } from '../../refusal.ts';
import { type BilledChargeRecord, StandingBilledCharge, WithdrawnBilledCharge } from '../../shapes/charge.ts';
import { object } from '../../shapes/members.ts';
import { Statement, StatementCharges } from '../../shapes/statement.ts';
import { inputErrors } from '../../validation.ts';

/** The name and content of a file. */
export interface StatementFile {
  readonly name: string;
  readonly content: string;
}

/** Only a withdrawn charge has no end. Choosing the shape first gives precise errors. */
const BilledRow = v.lazy((row) =>
  typeof row === 'object' && row !== null && 'replaces' in row && !('end' in row)
    ? WithdrawnBilledCharge
    : StandingBilledCharge,
);

/** Charges are parsed one by one, so that each error has its own pointer. */
const Charges = v.array(v.unknown(), 'must be an array');
const StatementPage = object('A page of charges.', { ...StatementCharges.entries, charges: Charges });

/** A page of charges without the charges, and the name of its file. */
export interface PresentedPage extends Omit<StatementCharges, 'charges'> {
  readonly name: string;
}

/** A statement and its charges as answered by the public interface. */
export interface Presented {
  readonly statement: Statement;
  readonly pages: readonly PresentedPage[];
  /** In the order given. */
  readonly charges: readonly BilledChargeRecord[];
}

interface Document {
  readonly name: string;
  readonly value: unknown;
}

const parseJson = (content: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(content) };
  } catch {
    return undefined;
  }
};

/** A file is one JSON document, or one document per line. */
const documentsOf = ({ name, content }: StatementFile): Document[] => {
  const whole = parseJson(content);
  if (whole) return [{ name, ...whole }];
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = parseJson(line);
    if (!parsed) throw new Refusal('not-json', `${name} is not JSON, nor is its line ${index + 1}`);
    return [{ name: `${name} line ${index + 1}`, ...parsed }];
  });
};

const parse = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  { name, value }: Document,
  at: readonly (string | number)[] = [],
): Output => {
  const { success, output, issues } = v.safeParse(schema, value, { abortPipeEarly: true });
  if (success) return output;
  throw new Refusal('invalid', `${name} is not as jobmeter answers`, {
    errors: inputErrors(issues, { what: 'the content', at }),
  });
};

const has = <Member extends string>(value: unknown, member: Member): value is Record<Member, unknown> =>
  typeof value === 'object' && value !== null && member in value;

const isSame = (a: Statement, b: Statement): boolean => {
  const contentOf = ({ lines: _, next: __, ...content }: Statement) => content;
  return isDeepStrictEqual(contentOf(a), contentOf(b));
};

/** The statement of its pages, in the order they were read. */
const joinPages = (pages: readonly Statement[]): Statement => {
  const [first] = pages;
  if (!first)
    throw new Refusal('invalid', 'there is no statement among the files: give one, and its charges');
  const isPages = pages.every(
    (page, index) => isSame(first, page) && (index === 0 || pages[index - 1]?.next),
  );
  if (!isPages)
    throw new Refusal(
      'invalid',
      'there is more than one statement among the files: give one, and its charges',
    );
  if (pages.at(-1)?.next !== undefined)
    throw new Refusal(
      'invalid',
      'the statement has a next page: give all its pages, in the order they were read',
    );
  const { next: _, ...content } = first;
  return { ...content, lines: pages.flatMap(({ lines }) => lines) };
};

/**
 * Finds a statement and its charges in files. Each has a statement or its pages, pages of
 * charges, single charges or `{ statement, charges }`.
 */
export const parseStatementFiles = (files: readonly StatementFile[]): Presented => {
  const statements: Statement[] = [];
  const pages: PresentedPage[] = [];
  const charges: BilledChargeRecord[] = [];
  const addCharges = (name: string, found: readonly unknown[]) => {
    for (const [index, value] of found.entries())
      charges.push(parse(BilledRow, { name, value }, ['charges', index]));
  };

  for (const { name, value } of files.flatMap(documentsOf)) {
    if (has(value, 'statement') && has(value, 'charges')) {
      statements.push(parse(Statement, { name, value: value.statement }, ['statement']));
      addCharges(name, parse(Charges, { name, value: value.charges }, ['charges']));
    } else if (has(value, 'charges')) {
      const { charges: found, ...page } = parse(StatementPage, { name, value });
      pages.push({ ...page, name });
      addCharges(name, found);
    } else if (has(value, 'lines')) {
      statements.push(parse(Statement, { name, value }));
    } else if (has(value, 'jobId')) {
      charges.push(parse(BilledRow, { name, value }));
    } else {
      throw new Refusal('invalid', `${name} is neither a statement nor charges of one`);
    }
  }

  const statement = joinPages(statements);
  if (pages.length === 0 && charges.length === 0)
    throw new Refusal('invalid', 'there are no charges among the files: give all pages of them');
  return { statement, pages, charges };
};
