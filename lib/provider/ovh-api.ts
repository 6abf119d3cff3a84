/** Why a call of the provider failed. The first two may succeed later, as they are. */
export type ProviderErrorKind = 'rate limit' | 'unavailable' | 'refused';

/** A call of the provider's API that failed. The message names neither keys nor signatures. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;

  constructor(kind: ProviderErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A project of the provider, and the project that its jobs belong to here. */
export interface PolledProject {
  readonly provider: string;
  readonly projectId: string;
}

/** A page of a project's jobs. */
export interface JobsQuery {
  /** Counts from 1. */
  readonly page: number;
  readonly size: number;
  /** RFC 3339. Only jobs that changed after it, not at it. */
  readonly updatedAfter?: string | undefined;
  /** Only jobs that are in one of these states now. */
  readonly states?: readonly string[] | undefined;
}

/** What jobmeter changes at OVHcloud, where the stage allows it; failures are as in `OvhApi`. */
export interface OvhStops {
  /** Asks for an interruption of a job; `gone` if the project has none of this id (any more). */
  stopJob(project: string, id: string): Promise<'requested' | 'gone'>;
}

/**
 * What jobmeter reads of OVHcloud's API. Answers are parsed JSON that nobody has checked; every
 * call that fails rejects with a `ProviderError`.
 */
export interface OvhApi {
  /** Jobs of a project, in the API's own order. An empty page is behind the last one. */
  jobs(project: string, query: JobsQuery): Promise<readonly unknown[]>;
  /** One job; undefined if the project has none of this id (any more). */
  job(project: string, id: string): Promise<unknown | undefined>;
  /** The ended usage periods of a project, without amounts. */
  usages(project: string): Promise<readonly unknown[]>;
  /** One usage period with its amounts. */
  usage(project: string, id: string | 'current'): Promise<unknown>;
}
