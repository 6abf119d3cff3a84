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
    settledBy: 'Send or import the events of these jobs: they are then charged like any others.',
  },
  'job unknown to the provider': {
    name: 'Jobs the provider does not bill',
    settledBy: 'If a job did not run there, retract its events; if it did, the provider may still bill it.',
  },
  'events missing': {
    name: 'Events that did not arrive',
    settledBy: 'Record the events that are listed with each job.',
  },
  held: {
    name: 'Time that jobmeter holds',
    settledBy: 'The stop of each job, or RUNNING reported again, releases it.',
  },
  unrated: {
    name: 'Time without a price in jobmeter',
    settledBy: 'Publish a tariff that prices the flavor, or send the resources of the jobs.',
  },
  'billing rule': {
    name: 'Another rule of what is billed',
    settledBy: 'Publish a tariff with the statuses that the provider bills.',
  },
  'rounding of minutes': {
    name: 'Minutes rounded in another way',
    settledBy: 'Nothing to do: the time is the same, and each side rounds it by its own rule.',
  },
  'month boundary or zone': {
    name: 'Time counted in another month',
    settledBy: 'Nothing to do if the month beside it differs by as much the other way.',
  },
  price: {
    name: 'Another price',
    settledBy: 'Publish the price of the provider if that is right, or dispute the bill if yours is.',
  },
};
