import type { StoredAudit } from '../../store/audits.ts';
import type { SegmentProgress } from '../../store/table.ts';
import type { Unbilled } from './unbilled.ts';

/** A difference that an audit found. Ready for output: times are ISO 8601, amounts are strings. */
export interface Finding {
  readonly kind: 'missing' | 'changed' | 'added' | 'unannounced' | 'statement' | 'unreadable';
  readonly cause: 'not settled' | 'tariff not settled' | 'parked' | 'damaged' | 'no mark';
  readonly projectId?: string;
  readonly usageMonth?: string;
  readonly jobId?: string;
  readonly start?: string;
  /** Of a changed charge only the members that differ. */
  readonly expected?: { readonly [name: string]: unknown };
  readonly found?: { readonly [name: string]: unknown };
  readonly healed?: boolean;
  readonly error?: string;
}

/** The progress of an audit. An interrupted one resumes from here. */
export interface AuditRun extends StoredAudit, Unbilled {
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly heals: boolean;
  readonly segments: readonly SegmentProgress[];
  readonly jobs: number;
  readonly usageMonths: number;
  readonly differences: number;
  readonly healed: number;
  /** The first hundred, as many of them as fit into an item. */
  readonly findings: readonly Finding[];
}
