import * as v from 'valibot';
import { compareText } from '../billing/compare-text.ts';
import type { Labels } from '../billing/facts.ts';
import { fitLabels } from './fit-labels.ts';
import { readInstant } from './read-instant.ts';
import {
  joinTranslated,
  NOTHING,
  type ReportedEvent,
  type Translated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';
import { projectOf, type SourceOptions, type Translator } from './translator.ts';

// What the translators of AWS share: where events are in a record, and what they are made of.

const TIME_RULE = 'is not a time: epoch milliseconds, epoch seconds or ISO 8601 with an offset';

/** A smaller number is one of seconds: in milliseconds it would be of before 1974. */
const LEAST_MS = 100_000_000_000;
const LATEST_MS = 8_640_000_000_000_000;

/** To the microsecond, which is what the fraction of a float can hold, then to the millisecond. */
const secondsToMs = (seconds: number): number => Math.floor(Math.round(seconds * 1_000_000) / 1_000);

const isNumeric = (text: string): boolean => /^\d{1,16}(\.\d{1,9})?$/.test(text);

const toMs = (time: number | string): number | undefined => {
  if (typeof time === 'string' && !isNumeric(time)) return Date.parse(readInstant('the time', time));
  const number = Number(time);
  const ms = number < LEAST_MS ? secondsToMs(number) : Math.floor(number);
  return ms >= 0 && ms <= LATEST_MS ? ms : undefined;
};

/**
 * Epoch milliseconds. Events have them as a number or text, answers of the API have seconds with a
 * fraction or ISO 8601. An instant is the same in all of them, so it is cut to the millisecond.
 */
export const Time = v.pipe(
  v.union([v.number(), v.string()], TIME_RULE),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      const ms = toMs(value);
      if (ms !== undefined) return ms;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
    addIssue({ message: TIME_RULE });
    return NEVER;
  }),
);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const Tag = v.object({ Key: v.string(), Value: v.string() });
const TAGS_RULE = 'is neither a map of tags nor a list of Key and Value';

/** Tags as a map: events have a map, answers of the API a list. */
export const Tags = v.nullish(
  v.pipe(
    v.union([v.array(Tag), v.pipe(v.custom(isObject), v.record(v.string(), v.string()))], TAGS_RULE),
    v.transform((tags) =>
      Array.isArray(tags) ? Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) : tags,
    ),
  ),
  {},
);
type Tags = v.InferOutput<typeof Tags>;

/** Where a job runs, and whose it is. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

const ARN = /^arn:aws[a-z-]*:[a-z]+:([a-z0-9-]+):(\d{12}):([^/]+)\/(.+)$/;

export const readArn = (name: string, arn: string, type: string): Place & { readonly name: string } => {
  const [, region = '', account = '', found, resource = ''] = ARN.exec(arn) ?? [];
  if (found !== type) throw new Unreadable(`${name} ${JSON.stringify(arn)} is not the ARN of a ${type}`);
  return { region, account, name: resource };
};

/** The account, or the tag that the options name. */
export const projectOfJob = ({ account }: Place, tags: Tags, options: SourceOptions): string =>
  options.project
    ? projectOf(options, undefined, (name) => (Object.hasOwn(tags, name) ? tags[name] : undefined))
    : account;

/** What does not fit is left out, what the platform adds first. */
export const labelsOfJob = (
  tags: Tags,
  platform: Readonly<Record<string, string>>,
  { labels = {} }: SourceOptions,
): Labels | undefined => {
  const own = Object.entries(tags).sort(([a], [b]) => compareText(a, b));
  return fitLabels(labels, Object.fromEntries(own), platform);
};

/** Events that CloudWatch has kept, as it lists and as it exports them; the answer of an API. */
const LISTS = ['events', 'logEvents', 'jobs'];

/** The values in a record: one, an array, or what the record lists. */
const valuesIn = (record: unknown): readonly unknown[] => {
  if (Array.isArray(record)) return record;
  const list = isObject(record) && !('detail' in record) ? LISTS.map((name) => record[name]) : [];
  return list.find((values) => Array.isArray(values)) ?? [record];
};

/** A line of a log has the event as text. */
const eventIn = (value: unknown): unknown => {
  if (!isObject(value) || typeof value.message !== 'string') return value;
  try {
    return JSON.parse(value.message);
  } catch {
    throw new Unreadable('message is not JSON');
  }
};

/** What a job's detail says, and what of it is not translated. */
export interface TranslatedDetail {
  readonly events: readonly ReportedEvent[];
  readonly problems: readonly string[];
}

export interface EventKind {
  readonly detailType: string;
  /** Other types of events that say nothing of their own. */
  readonly ignored?: readonly string[];
  translate(detail: unknown): TranslatedDetail;
}

const IGNORED: TranslatedDetail = { events: [], problems: [] };

const translateValue = (value: unknown, { detailType, ignored = [], translate }: EventKind) => {
  const event = eventIn(value);
  if (!isObject(event)) throw new Unreadable('the record is not an object');
  const type = event['detail-type'];
  if (type === undefined) return translate(event);
  if (type === detailType) return translate(event.detail);
  if (typeof type === 'string' && ignored.includes(type)) return IGNORED;
  throw new Unreadable(`detail-type ${JSON.stringify(type)} is not translated`);
};

/**
 * Translates events of one type, or what the API answers about the same jobs: one a record, in an
 * array, or as CloudWatch keeps them.
 */
export const createEventTranslator = (kind: EventKind): Translator => ({
  next(record, position) {
    const translated = valuesIn(record).map((value, index): Translated => {
      const line = position + index;
      let problems: readonly string[] = [];
      const { events, skipped } = translateRecord(line, () => {
        const detail = translateValue(value, kind);
        problems = detail.problems;
        return detail.events;
      });
      return { events, skipped: [...skipped, ...problems.map((reason) => ({ line, reason }))] };
    });
    return joinTranslated(translated);
  },
  end: () => NOTHING,
});
