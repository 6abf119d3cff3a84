import type { Cause } from '../shapes/reconciliation.ts';

interface CauseTexts {
  readonly name: string;
  /** What settles the difference, as a sentence. */
  readonly settledBy: string;
}

/** Why a provider's bill and jobmeter differ, and who does what about it. */
export const CAUSE_TEXTS: Readonly<Record<Cause | 'unexplained', CauseTexts>> = {
  'job never reported here': {
    name: 'Jobs never reported to jobmeter',
    settledBy: 'Record or import the events of these jobs, then see why nothing came in.',
  },
  'job unknown to the provider': {
    name: 'Jobs the provider neither lists nor bills',
    settledBy: 'Look at each job: if it is of another project or a test, retract its events.',
  },
  'events missing': {
    name: 'Events that did not arrive',
    settledBy: 'Record those that are listed with each job, and retract those that only jobmeter has.',
  },
  held: {
    name: 'Time that jobmeter holds',
    settledBy: 'Record the stop of each job, or that it still runs.',
  },
  unrated: {
    name: 'Time without a price in jobmeter',
    settledBy: 'Publish a tariff with a price for the flavor, or record the resources of the jobs.',
  },
  'billing rule': {
    name: 'Another rule of what is billed',
    settledBy: 'If the provider’s rule was agreed, publish its tariff; else claim the difference.',
  },
  'rounding of minutes': {
    name: 'Minutes rounded in another way',
    settledBy: 'jobmeter rounds each run up once: ask how the provider rounds, and claim what is more.',
  },
  'month boundary or zone': {
    name: 'Time counted in another month',
    settledBy: 'What one month has more, the one beside it has less: compare both before you claim.',
  },
  price: {
    name: 'Another price',
    settledBy:
      'Compare with the catalogue and the contract: publish the right price, or claim the difference.',
  },
  unexplained: {
    name: 'Not explained',
    settledBy: 'Ask the provider which jobs it is of: no known cause fits.',
  },
};
