import type { SendOutcome } from '../lib/operations/deliver/receivers.ts';
import type { OutgoingCloudEvent } from '../lib/operations/outgoing/to-cloud-event.ts';
import type { Endpoint } from '../lib/store/endpoints.ts';
import type { Random } from './random.ts';

/** An endpoint of events out, and how well it answers. */
export interface Consumer extends Pick<Endpoint, 'endpointId' | 'projectId' | 'types'> {
  /** Probability that it answers with an error. */
  readonly fails: number;
  /** Probability that it answers too late: it may have the event all the same. */
  readonly hangs: number;
}

/** An event that a consumer has received. */
export interface Receipt {
  readonly endpointId: string;
  readonly event: OutgoingCloudEvent;
  /** Number of events that were written before the process began that sent it. */
  readonly known: number;
}

/** Models of consumers, and all that they have received in its order. */
export const createConsumers = (consumers: readonly Consumer[], random: Random) => {
  const byId = new Map(consumers.map((consumer) => [consumer.endpointId, consumer]));
  const receipts: Receipt[] = [];
  let areWell = false;
  return {
    receipts: receipts as readonly Receipt[],
    /** From now on each of them answers. */
    recover() {
      areWell = true;
    },
    async receive(receipt: Receipt): Promise<SendOutcome> {
      const { fails = 0, hangs = 0 } = (!areWell && byId.get(receipt.endpointId)) || {};
      if (random.chance(fails)) return { status: 500, error: 'it answers 500', tookMs: 1 };
      const isLate = random.chance(hangs);
      if (!isLate || random.chance(0.5)) receipts.push(receipt);
      return isLate ? { error: 'it does not answer', tookMs: 1 } : { status: 200, tookMs: 1 };
    },
  };
};
