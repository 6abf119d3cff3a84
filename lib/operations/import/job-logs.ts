import type { Fact, JobRef } from '../../billing/facts.ts';
import type { RecordOutcome } from '../../store/facts.ts';
import type { RecordableFact } from '../record-events.ts';

/** The events of a job by their identity, with the fingerprints of their contents. */
type Log = Map<string, RecordableFact>;

/** The logs of jobs in memory: an event gets the outcome that the table would give it. */
export const createJobLogs = () => {
  const logs = new Map<string, Log>();
  return {
    record(recordable: RecordableFact): RecordOutcome {
      const { projectId, jobId, source, id } = recordable.fact;
      const job = `${projectId} ${jobId}`;
      const log: Log = logs.get(job) ?? new Map();
      logs.set(job, log);
      const event = JSON.stringify([source, id]);
      const existing = log.get(event);
      if (existing) return existing.fingerprint === recordable.fingerprint ? 'duplicate' : 'conflict';
      log.set(event, recordable);
      return 'recorded';
    },

    /** Each job with its log. */
    *jobs(): Iterable<{ readonly job: JobRef; readonly facts: readonly Fact[] }> {
      for (const log of logs.values()) {
        const facts = [...log.values()].map(({ fact }) => fact);
        const [first] = facts;
        if (first) yield { job: first, facts };
      }
    },
  };
};
