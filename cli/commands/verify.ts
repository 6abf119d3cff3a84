import type { Command } from 'commander';
import { parseStatementFiles } from '../../lib/operations/verify/statement-files.ts';
import { type CheckName, type Verification, verifyStatement } from '../../lib/operations/verify/verify.ts';
import { counted, createProgress, green, indent, print, red } from '../output.ts';
import { readTextFile } from '../read-text.ts';
import type { GlobalOptions } from '../stage.ts';

const figure = (count: number, noun: string) =>
  counted(count, noun).replace(/^\d+/, count.toLocaleString('en'));

const labelsOf = (verification: Verification, lines: number): { readonly [Name in CheckName]: string } => {
  const { statement, billedCharges } = verification;
  return {
    pages: 'the charges are those of this statement',
    once: 'no charge is billed twice',
    digest: `digest of ${figure(billedCharges, 'billed charge')}`,
    evidence: `minutes, month, end and amount of ${figure(billedCharges, 'billed charge')}`,
    lines: `minutes of ${figure(lines, 'line')}`,
    amounts: `amounts of ${figure(lines, 'line')}, rounded once`,
    total: `total of ${statement.total} ${statement.currency}`,
    unbilled: 'what is unrated or held',
    included: 'what is included, at zero',
  };
};

const show = (verification: Verification, lines: number): string => {
  const { statement, checks, problems } = verification;
  const labels = labelsOf(verification, lines);
  const found = checks.reduce((sum, check) => sum + (check.problems ?? 0), 0);
  const unlisted = found - problems.length;
  return [
    `statement ${statement.statementId} of ${statement.projectId} for ${statement.month}`,
    ...checks.map(({ name, ok }) => indent(`${ok ? green('✔') : red('✘')} ${labels[name]}`)),
    ...(found === 0 ? ['everything adds up'] : [`${counted(found, 'problem')}:`]),
    ...problems.map(({ where, problem }) => indent(`${where}: ${problem}`)),
    ...(unlisted > 0 ? [indent(`and ${unlisted.toLocaleString('en')} more`)] : []),
  ].join('\n');
};

export const addVerifyCommand = (program: Command): void => {
  program
    .command('verify')
    .argument(
      '<file...>',
      'a statement and its charges as returned by the API, JSON or NDJSON; pages in order',
    )
    .description('check a statement against its charges, using only these files')
    .action(async (names: string[], _, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions>();
      const files = await Promise.all(
        names.map(async (name) => ({ name, content: await readTextFile(name) })),
      );
      const progress = createProgress(Date.now);
      const presented = parseStatementFiles(files);
      const verification = verifyStatement(presented, (name) => progress.show(`checking ${name}`));
      progress.end();
      print(json, verification, () => show(verification, presented.statement.lines.length));
      if (verification.checks.some(({ ok }) => !ok)) process.exitCode = 1;
    });
};
