import type { Cause } from '../../lib/shapes/reconciliation.ts';

interface Texts {
  readonly name: string;
  /** What settles the difference, as a sentence. */
  readonly settledBy: string;
}

/** Why a provider's bill and the charges here differ, and what settles it. */
export const WHY_APART: Readonly<Record<Cause, Texts>> = {
  'job never reported here': {
    name: 'Jobs never reported to jobmeter',
    settledBy: 'Record or import the events of these jobs, then see why nothing came in.',
  },
  'job unknown to the provider': {
    name: 'Jobs the provider does not bill',
    settledBy: 'Look at each job: if it is of another project or a test, retract its events.',
  },
  'events missing': {
    name: 'Events that did not arrive',
    settledBy: 'Record the events that are listed with each job.',
  },
  held: {
    name: 'Time that jobmeter holds',
    settledBy: 'Record the stop of each job, or that it still runs.',
  },
  unrated: {
    name: 'Time without a price in jobmeter',
    settledBy: 'Publish a tariff with a price for the flavor, or send the resources of the jobs.',
  },
  'billing rule': {
    name: 'Another rule of what is billed',
    settledBy: 'Publish the rule of the provider if it was agreed, or claim the difference.',
  },
  'rounding of minutes': {
    name: 'Minutes rounded in another way',
    settledBy: 'Here each run is rounded up once: ask how the provider rounds, and claim what is more.',
  },
  'month boundary or zone': {
    name: 'Time counted in another month',
    settledBy: 'What one month has more, the one beside it has less: compare both.',
  },
  price: {
    name: 'Another price',
    settledBy: 'Publish the price of the provider if it was agreed, or claim the difference.',
  },
};
