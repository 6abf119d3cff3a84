import type { Job } from '../../lib/shapes/job.ts';
import { counted } from './text.tsx';

/** What the page says itself, from the charges. */
const isShownElsewhere = (warning: string): boolean => /^(unrated|no price yet|held)\b/.test(warning);

/** What the API warns of: events of the job that contradict the lifecycle or each other. */
export const JobWarnings = ({ job: { warnings, retractions } }: { readonly job: Job }) => {
  const shown = warnings.filter((warning) => !isShownElsewhere(warning));
  return shown.length === 0 ? null : (
    <section class="callout warning" aria-labelledby="warnings">
      <h2 id="warnings">
        {counted(shown.length, 'thing')} in its events {shown.length === 1 ? 'does' : 'do'} not look right
      </h2>
      <ul>
        {shown.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <p class="hint">
        What is billed follows from the events as they are.
        {retractions.length > 0 && ' Some of them were taken back, which may be why.'}
      </p>
    </section>
  );
};
