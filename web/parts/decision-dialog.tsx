import { useEffect, useState } from 'preact/hooks';
import type { Draft } from '../../lib/shapes/operations.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { useWrite } from '../use-write.ts';
import { Dialog, DialogActions } from './dialog.tsx';
import { Fact } from './fact.tsx';
import { TextField } from './form-field.tsx';
import { Money } from './text.tsx';

export type Decision = 'approve' | 'hold';

const WORDS = {
  approve: {
    title: 'Approve the statement of',
    action: 'Approve',
    says: 'A close issues it as it is. Facts that arrive before that renew the draft and take the approval back.',
    reason: 'Reason (may be empty)',
  },
  hold: {
    title: 'Hold back the statement of',
    action: 'Hold back',
    says: 'It is not issued until it is approved, and its month is not closed.',
    reason: 'Reason',
  },
} as const;

/** Approves or holds back a draft, which is named by its digest. */
export const DecisionDialog = ({
  draft: { projectId, month, total, currency, digest },
  decision,
  onDecided,
  onChanged,
  onClose,
}: {
  readonly draft: Draft;
  readonly decision: Decision;
  readonly onDecided: () => void;
  /** The draft is not what it was any more, and how the API says that. */
  readonly onChanged: (detail: string) => void;
  readonly onClose: () => void;
}) => {
  const [reason, setReason] = useState('');
  const { write, isSending, problem } = useWrite(onDecided);
  useEffect(() => {
    if (problem?.kind === 'changed') onChanged(problem.message);
  }, [problem]);
  const words = WORDS[decision];
  const submit = (event: Event) => {
    event.preventDefault();
    const said = reason.trim();
    void write(paths.approval(projectId, month), { decision, digest, ...(said !== '' && { reason: said }) });
  };
  return (
    <Dialog title={`${words.title} ${monthName(month)}`} onClose={onClose}>
      <form class="fields" onSubmit={submit}>
        <dl class="facts brief">
          <Fact name="Project" class="id">
            {projectId}
          </Fact>
          <Fact name="Would bill" class="figure">
            <Money amount={total} currency={currency} />
          </Fact>
        </dl>
        <dl class="proof">
          <Fact name="Digest of the draft">
            <code>{digest}</code>
          </Fact>
        </dl>
        <p>{words.says}</p>
        <TextField
          id="reason"
          label={words.reason}
          error={problem?.errors.find(({ pointer }) => pointer === '/reason')?.detail}
          value={reason}
          required={decision === 'hold'}
          maxLength={500}
          onInput={setReason}
        />
        <DialogActions
          action={words.action}
          isSending={isSending}
          problem={problem?.kind === 'changed' ? undefined : problem?.message}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
};
