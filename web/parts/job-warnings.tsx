import type { Job } from '../../lib/shapes/job.ts';
import { withTimes } from '../calendar.ts';
import { counted, NotShown } from './text.tsx';

/** What the page says itself, from the charges. */
const isShownElsewhere = (warning: string): boolean => /^(unrated|no price yet|held)\b/.test(warning);

/** That nothing is billed because of what was taken back: so it is meant. */
const followsFromRetraction = (warning: string): boolean => warning.includes('its RUNNING was taken back');

/** What the API warns of: events of the job that contradict the lifecycle or each other. */
export const JobWarnings = ({
  job: { warnings, moreWarnings, retractions },
  zone,
}: {
  readonly job: Job;
  readonly zone: string;
}) => {
  const shown = warnings.filter((warning) => !isShownElsewhere(warning) && !followsFromRetraction(warning));
  return (
    <>
      {warnings.some(followsFromRetraction) && (
        <p class="callout" data-testid="taken-back">
          Its RUNNING event was taken back, so nothing is billed for that run.
        </p>
      )}
      {shown.length > 0 && (
        <section class="callout warning" aria-labelledby="warnings">
          <h2 id="warnings">
            {moreWarnings === undefined ? counted(shown.length, 'thing') : 'Many things'} in its events{' '}
            {shown.length === 1 ? 'does' : 'do'} not look right
          </h2>
          <NotShown count={moreWarnings} what="other warning" />
          <ul>
            {shown.map((warning) => (
              <li key={warning}>{withTimes(warning, zone)}</li>
            ))}
          </ul>
          <p class="hint">
            What is billed follows from the events as they are.
            {retractions.length > 0 && ' Some of them were taken back, which may be why.'}
          </p>
        </section>
      )}
    </>
  );
};
