import { useState } from 'preact/hooks';
import { parseMinor } from '../../lib/billing/money.ts';
import type { ProjectJobs, Usage, UsageGroup } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { count } from '../money.ts';
import { useRead } from '../use-answer.ts';
import { Card } from './card.tsx';
import { Shown } from './feedback.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money } from './text.tsx';

/** Jobs whose labels are offered to group by: the dearest ones. */
const SAMPLE = '100';

const width = (group: UsageGroup, most: UsageGroup): string => {
  const whole = Number(parseMinor(most.total));
  return whole <= 0 ? '0%' : `${((Number(parseMinor(group.total)) / whole) * 100).toFixed(1)}%`;
};

const Groups = ({ groups, label }: { readonly groups: readonly UsageGroup[]; readonly label: string }) => {
  const [most] = groups;
  return (
    <table class="stacking jobs">
      <caption class="visually-hidden">Cost by {label}</caption>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <NumberHead>Minutes</NumberHead>
          <NumberHead>Cost</NumberHead>
          <td class="share" />
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.value ?? ''}>
            <th scope="row">{group.value ?? <span class="muted">without the label</span>}</th>
            <NumberCell label="Minutes">{count(group.minutes)}</NumberCell>
            <NumberCell label="Cost" isStrong>
              <Money amount={group.total} currency={group.currency} />
            </NumberCell>
            <td class="share" aria-hidden="true">
              <span style={{ width: most ? width(group, most) : '0%' }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** The cost of a month by the values of one label; nothing if its jobs have no labels. */
export const LabelGroups = ({
  usage: { projectId, month },
  pollMs,
}: {
  readonly usage: Usage;
  readonly pollMs: number | undefined;
}) => {
  const [chosen, setChosen] = useState<string>();
  const sample = useRead<ProjectJobs>(paths.jobs(projectId, month, { sort: 'cost', limit: SAMPLE }));
  const jobs = sample.state === 'ready' ? sample.value.jobs : [];
  const keys = [...new Set(jobs.flatMap(({ labels = {} }) => Object.keys(labels)))].sort();
  const label = chosen ?? (keys.includes('team') ? 'team' : keys[0]);
  const answer = useRead<Usage>(
    label === undefined ? undefined : paths.usage(projectId, month, `label:${label}`),
    () => pollMs,
  );
  if (label === undefined) return null;
  return (
    <Card id="by-label" title={`By ${label}`}>
      {keys.length > 1 && (
        <label>
          <span class="visually-hidden">Label to group by</span>
          <select value={label} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {keys.map((key) => (
              <option key={key} value={key}>
                by {key}
              </option>
            ))}
          </select>
        </label>
      )}
      <Shown answer={answer} what={`cost by ${label}`}>
        {({ value }) => <Groups groups={value.groups ?? []} label={label} />}
      </Shown>
      <p class="hint">The groups add up to the total exactly.</p>
    </Card>
  );
};
