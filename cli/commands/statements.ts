import type { Command } from 'commander';
import { nextToClose } from '../../lib/operations/close/open-months.ts';
import { draftView } from '../../lib/operations/public-shapes.ts';
import { type Decided, decide } from '../../lib/operations/statements/decide.ts';
import type { Billed } from '../../lib/operations/statements/issue-statement.ts';
import { billProject } from '../../lib/operations/statements/issue-statement.ts';
import type { StatementDraft } from '../../lib/store/statement-drafts.ts';
import { readActor } from '../actor.ts';
import { listTable } from '../list.ts';
import { parseMonth } from '../month.ts';
import { bold, counted, print } from '../output.ts';
import { NOTHING_TO_CLOSE } from '../show-closed.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

interface DecideOptions extends GlobalOptions {
  readonly digest?: string;
  readonly reason?: string;
}

const minuteText = (time: number): string => new Date(time).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z');

const decisionText = ({ decision, before }: StatementDraft): string => {
  if (decision) {
    const { by, at, reason } = decision;
    return `by ${by.id}, ${minuteText(at)}${reason === undefined ? '' : `: ${reason}`}`;
  }
  return before ? `facts arrived: ${before.total} had been approved by ${before.decision.by.id}` : '';
};

const VOID_NOTE =
  'The month is closed: a draft that waits or is approved is void, and the next statement has what it is about.';

/** Whether a draft may still become a statement, unless its month is closed. */
const isPending = ({ state }: StatementDraft): boolean => state !== 'issued' && state !== 'withdrawn';

const showDrafts = (month: string, drafts: readonly StatementDraft[], isClosed: boolean): string =>
  drafts.length === 0
    ? `${month} has no drafts`
    : [
        bold(`${month}: ${counted(drafts.length, 'draft')}`),
        listTable(
          [
            { title: 'project', text: ({ projectId }) => projectId },
            { title: 'total', align: 'right', text: ({ total, currency }) => `${total} ${currency}` },
            { title: 'state', text: ({ state }) => state },
            { title: 'prepared', text: ({ preparedAt }) => minuteText(preparedAt) },
            { title: 'decision', text: decisionText },
            { title: 'digest', text: ({ digest }) => digest },
          ],
          drafts,
        ),
        ...(isClosed && drafts.some(isPending) ? [VOID_NOTE] : []),
      ].join('\n');

const addDraftsCommand = (statements: Command): void => {
  statements
    .command('drafts')
    .argument('[month]', 'YYYY-MM; by default the oldest that has ended and is not closed', parseMonth)
    .description('list the drafts of a month, and what was decided about each')
    .action(async (requested: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const context = await (await connectStage(options)).openContext('read');
      const month = requested ?? (await nextToClose(context));
      if (month === undefined) return print(options.json, { drafts: [] }, () => NOTHING_TO_CLOSE);
      const drafts = await Array.fromAsync(context.store.drafts(month));
      const views = drafts.map((draft) => ({ projectId: draft.projectId, ...draftView(draft) }));
      const lastClosed = await context.store.readLastClosedMonth();
      const isClosed = lastClosed !== undefined && month <= lastClosed;
      print(options.json, { month, drafts: views }, () => showDrafts(month, drafts, isClosed));
    });
};

/** What became of an approved draft. */
const ISSUED: Readonly<Record<Billed, string>> = {
  issued: 'approved and issued',
  'issued before': 'issued already',
  'nothing to bill': 'there is nothing to bill any more, so its draft is withdrawn',
  waits: 'facts have arrived, so the draft is renewed: look at it again, and approve that',
  'held back': 'held back meanwhile',
  checkpointed: 'approved; the next close issues it',
};

const decideFor = async (
  { projectId, month, decision }: Pick<Decided, 'projectId' | 'month' | 'decision'>,
  { stage, digest, reason, json }: DecideOptions,
): Promise<void> => {
  const by = await readActor(stage);
  const context = await (await connectStage({ stage })).openContext('write');
  const draft = await decide(context, { projectId, month, decision, digest, reason, by });
  const outcome =
    decision === 'approve' ? await billProject(context, projectId, month, { issue: 'approve' }) : 'held back';
  const last = (await context.store.readDraft(projectId, month)) ?? draft;
  const { total, currency } = draft;
  print(json, { projectId, month, outcome, draft: draftView(last) }, () =>
    decision === 'hold'
      ? `${projectId} ${month}, ${total} ${currency}: held back, and ${month} stays open`
      : `${projectId} ${month}, ${total} ${currency}: ${ISSUED[outcome]}`,
  );
};

const PROJECT = ['<project>', 'the project id'] as const;
const DIGEST = ['--digest <digest>', 'only the draft with this digest, as it was read'] as const;
const REASON = ['--reason <text>', 'why; kept with the draft and in the log of actions'] as const;

const addDecisionCommands = (statements: Command): void => {
  statements
    .command('approve')
    .argument(...PROJECT)
    .argument('<month>', 'YYYY-MM', parseMonth)
    .description('approve the draft of a statement, and issue it')
    .option(...DIGEST)
    .option(...REASON)
    .action((projectId: string, month: string, _, command: Command) =>
      decideFor({ projectId, month, decision: 'approve' }, command.optsWithGlobals<DecideOptions>()),
    );
  statements
    .command('hold')
    .argument(...PROJECT)
    .argument('<month>', 'YYYY-MM', parseMonth)
    .description('hold the draft of a statement back: it is not issued, and its month stays open')
    .option(...DIGEST)
    .requiredOption(...REASON)
    .action((projectId: string, month: string, _, command: Command) =>
      decideFor({ projectId, month, decision: 'hold' }, command.optsWithGlobals<DecideOptions>()),
    );
};

export const addStatementsCommands = (program: Command): void => {
  const statements = program
    .command('statements')
    .description('drafts of statements, where the stage has each approved by a person');
  addDraftsCommand(statements);
  addDecisionCommands(statements);
};
