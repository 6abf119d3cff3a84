import { counted } from './text.tsx';

/** What the API warns of: facts of the job that contradict the lifecycle or each other. */
export const JobWarnings = ({ warnings }: { readonly warnings: readonly string[] }) =>
  warnings.length === 0 ? null : (
    <section class="callout warning" aria-labelledby="warnings">
      <h2 id="warnings">
        {counted(warnings.length, 'thing')} that {warnings.length === 1 ? 'does' : 'do'} not look right
      </h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <p class="hint">What is held or has no price is not billed yet; all else is billed by the rules.</p>
    </section>
  );
