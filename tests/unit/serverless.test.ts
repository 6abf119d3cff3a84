import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Stage } from '../../lib/config/environment.ts';
import { PROJECT_DIR, readServerlessFile } from '../../local/serverless-file.ts';

const { functions, stream, eventsOut, table } = readServerlessFile();

describe('serverless.yml', () => {
  test('every file in functions/ is deployed, under its own name, and nothing else is', () => {
    const files = readdirSync(new URL('functions', PROJECT_DIR)).map((file) => basename(file, '.ts'));
    expect(Object.keys(functions).sort()).toEqual(files.sort());
    for (const [name, { handler }] of Object.entries(functions))
      expect(handler).toBe(`functions/${name}.handler`);
  });

  test('the longest name of a stage gives names of functions that AWS takes, and a longer one is refused', () => {
    const longest = Math.max(...Object.keys(functions).map((name) => `jobmeter--${name}`.length));
    const stage = 's'.repeat(64 - longest);
    expect(v.is(Stage, stage)).toBe(true);
    expect(v.is(Stage, `${stage}s`)).toBe(false);
  });

  test.each([
    ['facts', stream],
    ['events out', eventsOut],
  ])(
    'the stream of %s repeats what failed, loses nothing silently, and stops before it forgets',
    (_, settings) => {
      expect(settings.functionResponseType).toBe('ReportBatchItemFailures');
      expect(settings.bisectBatchOnFunctionError).toBe(true);
      expect(settings.maximumRecordAgeInSeconds).toBeLessThan(24 * 60 * 60);
      expect(settings.destinations).toHaveProperty('onFailure');
    },
  );

  test('the table is keyed by pk and sk and streams both images', () => {
    expect(table.KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ]);
    expect(table.StreamSpecification.StreamViewType).toBe('NEW_AND_OLD_IMAGES');
  });

  // Not checked at the start of a local stack: see local/load-functions.js.
  test('what its schema does not know ends a package', () => {
    const { configValidationMode } = parse(readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8'), {
      merge: true,
    });
    expect(configValidationMode).toBe('error');
  });

  test('only the trial stage may lose its table, and only the local stage has no alarms and no schedules', () => {
    const { params } = parse(readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8'), { merge: true });
    const saying = (name: string) =>
      Object.entries<Record<string, unknown>>(params).flatMap(([stage, own]) =>
        name in own ? [[stage, own[name]]] : [],
      );
    expect(saying('protectTable')).toEqual([
      ['default', true],
      ['dev', false],
    ]);
    expect(saying('removedTable')).toEqual([
      ['default', 'Retain'],
      ['dev', 'Delete'],
    ]);
    expect(saying('schedules')).toEqual([
      ['default', true],
      ['local', expect.stringContaining("env:SCHEDULES, 'false'")],
    ]);
    expect(saying('silenceMetrics')).toEqual([
      ['default', 'false'],
      ['local', expect.stringContaining("'true'")],
    ]);
  });

  test('every scheduled function is enabled by that parameter, but for the one that only reads wait for', () => {
    const file = parse(readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8'), { merge: true });
    type Event = { readonly schedule?: { readonly enabled?: string | boolean } };
    const scheduled = Object.entries<{ readonly events: Event[] }>(file.functions).flatMap(
      ([name, { events }]) =>
        events.flatMap(({ schedule }) => (schedule === undefined ? [] : [[name, schedule.enabled]])),
    );
    expect(Object.fromEntries(scheduled)).toEqual({
      'retry-deliveries': expect.stringMatching(/^\$\{param:schedules\}$/),
      'settle-parked': expect.stringMatching(/^\$\{param:schedules\}$/),
      'audit-charges': expect.stringMatching(/^\$\{param:schedules\}$/),
      'check-budgets': expect.stringMatching(/^\$\{param:schedules\}$/),
      'close-month': expect.stringMatching(/^\$\{param:schedules\}$/),
      // It does nothing that depends on the hour: the stage local runs it too.
      'take-snapshots': true,
      // That parameter and the projects: tests/unit/polling-settings.test.ts.
      'poll-jobs': expect.stringMatching(/^\$\{file\(deploy\/polling\.js\):schedule\}$/),
    });
  });
});
