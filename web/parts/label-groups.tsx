import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage, Usage, UsageGroup } from '../../lib/shapes/usage.ts';
import { choose } from '../address.ts';
import { paths } from '../api.ts';
import { count } from '../money.ts';
import { useRead } from '../use-answer.ts';
import { Card } from './card.tsx';
import { Shown } from './feedback.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money } from './text.tsx';

const width = (group: UsageGroup, most: UsageGroup): string => {
  const whole = Number(parseMinor(most.total));
  return whole <= 0 ? '0%' : `${((Number(parseMinor(group.total)) / whole) * 100).toFixed(1)}%`;
};

/** A label may be empty, or absent. */
const nameOf = ({ value }: UsageGroup) =>
  value || <span class="muted">{value === '' ? 'empty' : 'without the label'}</span>;

const Groups = ({ groups, label }: { readonly groups: readonly UsageGroup[]; readonly label: string }) => {
  const [most] = groups;
  return (
    <table class="stacking groups">
      <caption class="visually-hidden">Cost by {label}</caption>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <NumberHead>Minutes</NumberHead>
          <NumberHead>Cost</NumberHead>
          <td class="share-cell" />
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.value === undefined ? 'absent' : `=${group.value}`}>
            <th scope="row">{nameOf(group)}</th>
            <NumberCell label="Minutes">{count(group.minutes)}</NumberCell>
            <NumberCell label="Cost" isStrong>
              <Money amount={group.total} currency={group.currency} />
            </NumberCell>
            <td class="share-cell" aria-hidden="true">
              <span class="share">
                <span style={{ width: most ? width(group, most) : '0%' }} />
              </span>
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
  jobs,
  chosen,
  freshMs,
}: {
  readonly usage: Usage;
  /** Jobs whose labels are offered to group by. */
  readonly jobs: readonly JobUsage[];
  /** The label that is chosen in the address. */
  readonly chosen: string | undefined;
  readonly freshMs: number;
}) => {
  const keys = [...new Set(jobs.flatMap(({ labels = {} }) => Object.keys(labels)))].sort();
  const label = chosen ?? (keys.includes('team') ? 'team' : keys[0]);
  const answer = useRead<Usage>(
    label === undefined ? undefined : paths.usage(projectId, month, `label:${label}`),
    () => freshMs,
  );
  if (label === undefined) return null;
  return (
    <Card id="by-label" title={`By ${label}`}>
      {keys.length > 1 && (
        <label>
          <span class="visually-hidden">Label to group by</span>
          <select value={label} onChange={({ currentTarget }) => choose({ by: currentTarget.value })}>
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
