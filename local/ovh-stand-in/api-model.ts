/**
 * What the provider's API answers, by its published models. Dates are RFC 3339 texts. Members that
 * the models let be null are null where nothing is known.
 */

export const JOB_STATES = [
  'QUEUED',
  'INITIALIZING',
  'PENDING',
  'RUNNING',
  'INTERRUPTING',
  'FINALIZING',
  'DONE',
  'TIMEOUT',
  'INTERRUPTED',
  'FAILED',
  'ERROR',
  'RESTARTING',
  'SYNC_FAILED',
] as const;

export type JobState = (typeof JOB_STATES)[number];

export interface StateChange {
  readonly state: JobState;
  readonly date: string;
}

export interface Resources {
  readonly flavor: string;
  readonly gpu: number;
  readonly cpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  readonly publicNetwork: number;
  readonly privateNetwork: number;
  readonly gpuModel: string | null;
  readonly gpuBrand: string | null;
  readonly gpuMemory: number | null;
}

export interface JobSpec {
  readonly name: string;
  readonly image: string;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly resources: Resources;
  /** Seconds. */
  readonly timeout: number | null;
  readonly timeoutAutoRestart: boolean | null;
  readonly command: readonly string[] | null;
  readonly envVars: readonly { readonly name: string; readonly value: string }[] | null;
  readonly defaultHttpPort: number | null;
  readonly grpcPort: number | null;
  readonly partnerId: string | null;
  readonly readUser: string | null;
  readonly shutdown: 'Stop' | null;
  readonly sshPublicKeys: readonly string[] | null;
  readonly unsecureHttp: boolean | null;
  readonly volumes: readonly unknown[] | null;
}

export interface JobStatus {
  readonly state: JobState | null;
  /** Oldest first. */
  readonly history: readonly StateChange[];
  readonly info: { readonly code: string; readonly message: string };
  /** Seconds. */
  readonly duration: number | null;
  readonly exitCode: number | null;
  readonly queuedAt: string | null;
  readonly initializingAt: string | null;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  readonly finalizedAt: string | null;
  readonly timeoutAt: string | null;
  readonly lastTransitionDate: string | null;
  readonly dataSync: readonly unknown[];
  readonly externalIp: string | null;
  readonly ip: string | null;
  readonly grpcAddress: string | null;
  readonly infoUrl: string | null;
  readonly monitoringUrl: string | null;
  readonly sshUrl: string | null;
  readonly url: string | null;
  readonly volumes: readonly unknown[] | null;
}

export interface Job {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** A user of the project. */
  readonly user: string;
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

export interface Component {
  /** The flavor. */
  readonly name: string;
  readonly quantity: { readonly unit: 'Minute'; readonly value: number };
  readonly totalPrice: number;
}

export interface Period {
  readonly from: string;
  readonly to: string;
}

export interface UsageEntry {
  readonly id: string;
  readonly period: Period;
  readonly lastUpdate: string;
}

/** Of the current month without an id. */
export interface Usage extends Omit<UsageEntry, 'id'> {
  readonly id?: string;
  readonly hourlyUsage: null;
  readonly monthlyUsage: null;
  readonly resourcesUsage: readonly {
    readonly type: string;
    readonly totalPrice: number;
    readonly resources: readonly { readonly region: string; readonly components: readonly Component[] }[];
  }[];
}

export interface Price {
  readonly currencyCode: string;
  readonly text: string;
  readonly value: number;
}

export interface Bill {
  readonly billId: string;
  readonly date: string;
  readonly orderId: number;
  readonly category: string;
  readonly priceWithoutTax: Price;
  readonly tax: Price;
  readonly priceWithTax: Price;
  readonly pdfUrl: string;
  readonly url: string;
}

export interface BillDetail {
  readonly billDetailId: string;
  readonly description: string;
  /** The project. */
  readonly domain: string;
  /** A date without a time. */
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  readonly quantity: string;
  readonly unitPrice: Price;
  readonly totalPrice: Price & { readonly priceInUcents: number };
}
